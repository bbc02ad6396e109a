"""Tables and hastily trained models of them, for tests of what is served."""

import numpy as np

from models.recipes import get_recipe, with_overrides
from models.registry import Registry
from models.runs.execute import train_recipe
from models.training.outcome import build_atlas, register
from models.training.recipe import fitted, load_data, new_model
from studio.table_shelf import TableShelf

COLUMNS = ("a", "b", "c")
ROWS = 40


def blobs_csv(rows=ROWS, *, columns=COLUMNS, label="kind"):
    """A table of two classes that lie apart, 'left' and 'right'."""
    noise = np.random.default_rng(0)
    lines = [",".join((*columns, label))]
    for row in range(rows):
        values = noise.normal(size=len(columns)) + 4 * (row % 2)
        lines.append(",".join([*(f"{v:.3f}" for v in values), ("left", "right")[row % 2]]))
    return "\n".join(lines).encode()


def make_tables(workspace):
    """A workspace of table models: two of 'iris', one of 'blobs', one of 'lost', which is gone.

    Only 'flowers' has learned anything; the others are as they began.
    """
    registry = Registry(workspace, pretrained=workspace / "none")
    shelf = TableShelf(workspace)
    train_recipe(get_recipe("iris"), registry, name="flowers", overrides={"epochs": 2})
    begin_model(registry, "iris-beta", "setosa-beta", normal_class="setosa")
    for name in ("blobs", "lost"):
        shelf.add(name, blobs_csv(), "kind")
        own = {"dataset": f"table:{name}", "label_column": "kind", "latent_dim": 3}
        begin_model(registry, "table", f"{name}-vae", **own)
    shelf.remove("lost")
    return workspace


def begin_model(registry, recipe, name, **overrides):
    """Register a model as it is before it has learned anything."""
    recipe = with_overrides(get_recipe(recipe), **overrides)
    dataset = load_data(recipe, registry.workspace)
    recipe = fitted(recipe, dataset)
    model = new_model(recipe, dataset).eval()
    metrics = {
        "kl": 0.001,
        "history": {"epoch": [1], "total": [2.5], "reconstruction": [2], "kl": ["?"]},
    }
    atlas = build_atlas(model, dataset, recipe)
    register(model, dataset, recipe, metrics, atlas, registry, name)
