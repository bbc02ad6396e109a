"""A recipe as a form: its fields described, and what was typed into them checked.

Nothing here draws anything; a screen lays out the descriptions as it likes.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from models.config import field_docs
from models.data import DATASETS, is_dataset, is_table
from models.recipes import PARTS, Recipe, with_overrides
from models.runs import Launch
from models.tables.config import TableConfig
from models.training.config import PICTURES_ONLY

__all__ = [
    "Field",
    "FormError",
    "checked_recipe",
    "filled_in",
    "launch_fields",
    "recipe_fields",
]

Kind = Literal["integer", "number", "choice", "switch", "text", "integers", "numbers"]
Group = Literal["model", "data", "training", "machine"]

# The data decide them, or the recipe, not the person.
NOT_ASKED = ("shape", "family", "classes")
FOR_PICTURES = (
    *PICTURES_ONLY,
    *("network.kind", "network.channels", "network.blocks", "network.head", "network.principal"),
)
"""Fields that a model of a table has no use for."""
LONGEST_DATASET = 1000
NAMED = {"dataset": tuple(DATASETS), "precision": ("fp32", "bf16")}
"""What a text may say."""


class FormError(ValueError):
    """What was typed cannot be used; `faults` has a sentence for each field at fault."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__(" ".join(self.faults))


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One field of a form."""

    name: str
    """With dots where it lies deeper: `epochs`, `network.dropout`."""
    kind: Kind
    group: Group
    default: Any
    """What the recipe says."""
    doc: str
    choices: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The name as a person reads it."""
        return self.name.rpartition(".")[2].replace("_", " ")

    def shown(self, value: Any) -> Any:
        """Return a value as an input shows it: widths with commas between them."""
        return ", ".join(map(str, value)) if self.kind in ("integers", "numbers") else value

    def read(self, value: Any) -> Any:
        """Return the value that was typed.

        Raises:
            ValueError: It is none for this field; one sentence that names it.
        """
        match self.kind:
            case "integer":
                return _whole(self.name, value)
            case "number":
                return _number(self.name, value)
            case "integers":
                listed = value.replace(",", " ").split() if isinstance(value, str) else value or ()
                return tuple(_whole(self.name, part) for part in listed)
            case "numbers":
                listed = value.replace(",", " ").split() if isinstance(value, str) else value or ()
                return tuple(_number(self.name, part) for part in listed)
            case "switch":
                return bool(value)
            case "choice" if self.name == "dataset" and value not in self.choices:
                return _own_data(value, self.choices, rows=is_table(str(self.default)))
            case "choice" if value not in self.choices:
                known = ", ".join(self.choices)
                raise ValueError(f"{self.name} must be one of {known}, not {value!r:.40}.")
        return value


def _own_data(value: Any, choices: Iterable[str], *, rows: bool) -> str:
    """Return the name of a data set of one's own, as the command line takes it.

    Raises:
        ValueError: It is none, or not for this recipe.
    """
    name = str(value or "").strip()
    if name in DATASETS or not is_dataset(name):
        own = "table:NAME for a CSV" if rows else "folder:PATH for pictures"
        known = ", ".join(choices)
        raise ValueError(f"dataset must be one of {known}, or {own} of your own, not {name!r:.40}.")
    if is_table(name) != rows:
        holds, takes = ("pictures", "rows of a table") if rows else ("rows of a table", "pictures")
        raise ValueError(f"dataset {name!r:.80} holds {holds}, and this recipe takes {takes}.")
    if len(name) > LONGEST_DATASET or not name.isprintable():
        raise ValueError(f"dataset {name!r:.80} is no path; write it in one line.")
    return name


def _number(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        shown = "it is empty" if value in (None, "") else f"not {value!r:.40}"
        raise ValueError(f"{name} must be a number; {shown}.")
    return number


def _whole(name: str, value: Any) -> int:
    try:
        number = _number(name, value)
    except ValueError as error:
        raise ValueError(str(error).replace("a number", "a whole number", 1)) from None
    if number != int(number) or abs(number) >= 2**53:
        raise ValueError(f"{name} must be a whole number, not {number:g}.")
    return int(number)


def recipe_fields(recipe: Recipe, dataset: str | None = None) -> tuple[Field, ...]:
    """Return every field of a recipe that can be overridden: training, model, data.

    Args:
        recipe: The recipe.
        dataset: What it is to be trained on, which decides what else is asked of the data; the
            recipe's own if None.
    """
    table = isinstance(recipe.model, TableConfig)
    data = recipe.data if dataset is None else dataclasses.replace(recipe.data, dataset=dataset)
    heeded = dataclasses.replace(recipe, data=data)
    fields = (
        field
        for part in reversed(PARTS)
        for field in _fields(getattr(heeded, part), typing.cast(Group, part))
        if not (table and field.name in FOR_PICTURES)
    )
    known, usual = _datasets(recipe), recipe.data.dataset
    return tuple(
        dataclasses.replace(f, choices=known, default=usual) if f.name == "dataset" else f
        for f in fields
    )


def _datasets(recipe: Recipe) -> tuple[str, ...]:
    """Return the data sets that a recipe's model can be trained on, its own among them."""
    table = isinstance(recipe.model, TableConfig)
    known = [name for name in DATASETS if is_table(name) == table]
    return tuple(dict.fromkeys([*known, recipe.data.dataset]))


def launch_fields(launch: Launch | None = None) -> tuple[Field, ...]:
    """Return the fields that say where and how a training computes."""
    return tuple(_fields(launch or Launch(), "machine"))


def _fields(config: Any, group: Group, prefix: str = "") -> Iterable[Field]:
    cls: type = type(config)
    types_of, docs = typing.get_type_hints(cls), field_docs(cls)
    left_out = (
        *NOT_ASKED,
        *getattr(config, "derived", ()),
        *getattr(config, "unheeded", ()),
    )
    for name in (f.name for f in dataclasses.fields(config)):
        value = getattr(config, name)
        if dataclasses.is_dataclass(value):
            yield from _fields(value, group, f"{prefix}{name}.")
        elif name not in left_out and not _holds_others(types_of[name]):
            kind, choices = _kind(name, types_of[name])
            yield Field(
                name=prefix + name,
                kind=kind,
                group=group,
                default=value,
                doc=docs[name],
                choices=choices,
            )


def _holds_others(annotation: Any) -> bool:
    """Tell whether a field that is None now would hold fields of its own."""
    return any(dataclasses.is_dataclass(part) for part in typing.get_args(annotation))


def _kind(name: str, annotation: Any) -> tuple[Kind, tuple[str, ...]]:
    if name in NAMED:
        return "choice", NAMED[name]
    if isinstance(annotation, types.UnionType):
        annotation = next(a for a in typing.get_args(annotation) if a is not type(None))
    if typing.get_origin(annotation) is Literal:
        return "choice", typing.get_args(annotation)
    if typing.get_origin(annotation) is tuple:
        return ("numbers" if float in typing.get_args(annotation) else "integers"), ()
    kinds: dict[Any, Kind] = {bool: "switch", int: "integer", float: "number"}
    return kinds.get(annotation, "text"), ()


def filled_in(recipe: Recipe, values: Mapping[str, Any]) -> tuple[Recipe, dict[str, Any]]:
    """Return the recipe that a filled-in form asks for, and what differs in it from the first.

    Args:
        recipe: What the form began with.
        values: Field name to what was typed; fields that are left out stay as they are.

    Raises:
        FormError: Some are no values for their fields, out of range, or do not go together.
    """
    overrides, faults = {}, []
    dataset = values.get("dataset")
    for field in recipe_fields(recipe, dataset.strip() if isinstance(dataset, str) else None):
        try:
            value = field.read(values.get(field.name, field.default))
        except ValueError as error:
            faults.append(str(error))
        else:
            if value != field.default:
                overrides[field.name] = value
    try:
        changed = checked_recipe(recipe, overrides)
    except FormError as error:
        faults += error.faults
    if faults:
        raise FormError(faults)
    return changed, overrides


def checked_recipe(recipe: Recipe, overrides: Mapping[str, Any]) -> Recipe:
    """Return a recipe with overrides applied.

    Raises:
        FormError: Some are out of range, or do not go together.
    """
    try:
        return with_overrides(recipe, **overrides)
    except ValueError as error:
        faults = dict.fromkeys(_single_faults(recipe, overrides))
        raise FormError(faults or [str(error)]) from None


def _single_faults(recipe: Recipe, overrides: Mapping[str, Any]) -> Iterable[str]:
    """Yield the fault of every override that no other one can mend."""
    for name, value in overrides.items():
        fault = _fault(recipe, {name: value})
        others = (other for other in overrides if other != name)
        if fault and all(_fault(recipe, {name: value, o: overrides[o]}) for o in others):
            yield fault


def _fault(recipe: Recipe, overrides: Mapping[str, Any]) -> str | None:
    try:
        with_overrides(recipe, **overrides)
    except ValueError as error:
        return str(error)
    return None
