"""A recipe as a form: its fields described, and what was typed into them checked.

Nothing here draws anything; a screen lays out the descriptions as it likes.
"""

from __future__ import annotations

import dataclasses
import math
import re
import shlex
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from models.config import field_docs
from models.data import DATASETS, is_table
from models.recipes import PARTS, Recipe, with_overrides
from models.runs import Launch
from models.tables.config import TableConfig
from models.training.config import PICTURES_ONLY

__all__ = [
    "Field",
    "FormError",
    "checked_recipe",
    "command_line",
    "filled_in",
    "launch_fields",
    "recipe_fields",
    "show_command",
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
OWN_TABLE = re.compile(r"table:[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""A table of one's own by its bare name; a path may only be said on the command line."""
NAMED = {"dataset": tuple(DATASETS), "precision": ("fp32", "bf16")}
"""What a text may say."""
OPTIONS = (
    "epochs",
    "beta",
    "latent_dim",
    "batch_size",
    "learning_rate",
    "seed",
    "validation",
)
"""Fields that have an option of their own on the command line; `--set` takes the others."""


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
            case "choice" if self.name == "dataset" and OWN_TABLE.fullmatch(str(value)):
                return value
            case "choice" if value not in self.choices:
                known = ", ".join(self.choices)
                raise ValueError(f"{self.name} must be one of {known}, not {value!r:.40}.")
        return value


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


def recipe_fields(recipe: Recipe) -> tuple[Field, ...]:
    """Return every field of a recipe that can be overridden: training, model, data."""
    table = isinstance(recipe.model, TableConfig)
    return tuple(
        dataclasses.replace(field, choices=_datasets(recipe)) if field.name == "dataset" else field
        for part in reversed(PARTS)
        for field in _fields(getattr(recipe, part), typing.cast(Group, part))
        if not (table and field.name in FOR_PICTURES)
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
    for field in recipe_fields(recipe):
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


def command_line(
    recipe: str,
    *,
    name: str | None = None,
    overrides: Mapping[str, Any] | None = None,
    launch: Launch | None = None,
    workspace: Path | None = None,
    labels: Path | None = None,
) -> list[str]:
    """Return the arguments of a command that trains the same.

    Args:
        recipe: Name of the recipe.
        name: Name of the checkpoint; None for the recipe's own.
        overrides: What differs from the recipe.
        launch: Where and how it computes.
        workspace: Folder of a person's own files; None for the default one.
        labels: File of the labels that it learns from, if it is given some.
    """
    arguments = ["python", "-m", "models", "train", recipe]
    if name is not None:
        arguments += ["--name", name]
    given = overrides or {}
    for option in OPTIONS:
        if option in given:
            arguments += [_option(option), _text(given[option])]
    if labels is not None:
        arguments += ["--labels", str(labels)]
    for field, value in given.items():
        if field not in OPTIONS:
            arguments += ["--set", f"{field}={_text(value)}"]
    for part in launch_fields():
        value = getattr(launch or Launch(), part.name)
        if value != part.default:
            arguments += [_option(part.name)] + ([] if value is True else [_text(value)])
    if workspace is not None:
        arguments += ["--workspace", str(workspace)]
    return arguments


def show_command(arguments: Iterable[str]) -> str:
    """Return a command line as a shell takes it."""
    return shlex.join(arguments)


def _option(field: str) -> str:
    return "--" + field.replace("_", "-")


def _text(value: Any) -> str:
    if isinstance(value, tuple | list):
        return ",".join(map(str, value))
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text.removesuffix(".0")
