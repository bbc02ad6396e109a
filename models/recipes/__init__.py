"""Named recipes: a model, its data and its training in one row each."""

from __future__ import annotations

from models.recipes.faces import FACES
from models.recipes.few_labels import FEW_LABELS
from models.recipes.joint import JOINT
from models.recipes.overrides import with_overrides
from models.recipes.pictures import PICTURES
from models.recipes.recipe import PARTS, Recipe
from models.recipes.tables import TABLES

__all__ = ["PARTS", "RECIPES", "Recipe", "get_recipe", "with_overrides"]

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe for recipe in (*PICTURES, *FEW_LABELS, *FACES, *JOINT, *TABLES)
}


def get_recipe(name: str) -> Recipe:
    """Return a recipe by name.

    Raises:
        ValueError: There is none of that name; the message lists all.
    """
    if name not in RECIPES:
        raise ValueError(f"There is no recipe {name!r:.80}; choose from: {', '.join(RECIPES)}.")
    return RECIPES[name]
