"""`bench faces`: what attribute directions are worth, on held-out faces, next to what is simple.

Shapes: N faces, D latent dimensions, A attributes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from models.attributes import FACES, Judge, find_judge
from models.checkpoint import Checkpoint
from models.data import Dataset
from models.evaluate import decode_latency, encode
from models.features.train_attributes import area_under_curve
from models.fidelity import fidelity
from models.latent.attributes import KINDS, MAIN, AttributeDirections
from models.latent.directions import DirectionKind, Directions
from models.preprocessing import to_unit
from models.principal import principal_components
from models.vae import VAE

__all__ = ["bench_faces", "pixel_auc"]

COMPONENTS = 200
FIT_ROWS = 10_000
STEPS = (1, 2, 3)
WANTED_AUC = {"Smiling": 0.90, "Male": 0.92, "Eyeglasses": 0.85, "Young": 0.72}
DRAWN_AUC = 0.97
MOVED = 0.85
HALF = 0.5
Report = Callable[[str], None]


def bench_faces(
    checkpoint: Checkpoint,
    directions: AttributeDirections,
    dataset: Dataset,
    *,
    faces: int | None = None,
    report: Report = lambda line: None,
) -> dict[str, Any]:
    """Return measures of a face model's directions, and which of what was asked for they reach.

    Args:
        checkpoint: The model.
        directions: Its directions.
        dataset: The data it was trained on; its test split is what everything is measured on.
        faces: Held-out faces that are moved for each attribute; None moves all that lack it.
        report: Told what is being measured.
    """
    model, judge = checkpoint.model, find_judge(dataset)
    shown = [name for name in MAIN if name in directions.names]
    report("A logistic regression on the pixels' components.")
    pixels = pixel_auc(dataset, shown)
    attributes = {name: _areas(directions, name, pixels[name]) for name in shown}
    result: dict[str, Any] = {"attributes": attributes}
    if judge is not None:
        bench = _Moves(model, judge, directions, dataset, encode(model, dataset.test), faces)
        result["judge"] = {name: bench.recognised(name) for name in shown}
        for name in shown:
            report(f"Moving held-out faces along {name}.")
            attributes[name]["moved"] = bench.moved(name)
        result["held_from_largest"] = {
            kind: {name: bench.held_from_largest(kind, name) for name in shown} for kind in KINDS
        }
    result["cross_effects"] = {
        kind: _cross_effects(directions, kind, shown)
        for kind in KINDS
        if directions.effects is not None
    }
    report("Reconstructions.")
    result |= {"reconstruction": fidelity(model, dataset), "decode_ms": decode_latency(model)}
    return {**result, "criteria": _criteria(result, dataset)}


def pixel_auc(dataset: Dataset, names: list[str]) -> dict[str, float | None]:
    """Return the held-out AUC of a logistic regression on 200 components of the pixels."""
    from sklearn.linear_model import LogisticRegression

    train, test = dataset.train, dataset.test
    assert train.attributes is not None
    assert test.attributes is not None
    every = max(1, len(train) // FIT_ROWS)
    some = to_unit(train.images[::every].cpu()).flatten(1)
    mean = some.mean(0)
    count = min(COMPONENTS, *some.shape)
    components, variances = principal_components(some - mean, count)
    # Standardised, or the regression would not come to an end.
    scale = components / variances.clamp(min=1e-9).sqrt()
    seen = (some - mean) @ scale
    asked = (to_unit(test.images.cpu()).flatten(1) - mean) @ scale
    found: dict[str, float | None] = {}
    for name in names:
        column = dataset.attribute_names.index(name)
        labels, truth = train.attributes[::every, column], test.attributes[:, column]
        known = labels >= 0
        regression = LogisticRegression(max_iter=1000)
        regression.fit(seen[known].numpy(), labels[known].numpy())
        scores = torch.from_numpy(regression.decision_function(asked.numpy()))
        area = area_under_curve(scores, truth)
        found[name] = None if area is None else round(area, 4)
    return found


def _areas(directions: AttributeDirections, name: str, pixels: float | None) -> dict[str, Any]:
    column = directions.names.index(name)
    areas = {
        f"auc_{kind}": round(float(directions.auc[row, column]), 4)
        for row, kind in enumerate(KINDS)
    }
    return {**areas, "auc_pixels": pixels}


@dataclass(frozen=True, slots=True, eq=False)
class _Moves:
    """Held-out faces moved along a direction and judged again."""

    model: VAE
    judge: Judge
    directions: AttributeDirections
    dataset: Dataset
    codes_ND: Tensor
    faces: int | None

    def _truth(self, name: str) -> Tensor:
        assert self.dataset.test.attributes is not None
        return self.dataset.test.attributes[:, self.dataset.attribute_names.index(name)]

    def _shares(self, logits_NB: Tensor, name: str) -> dict[str, float | None]:
        """Return the shares judged to have an attribute: outright, and making up for its rarity."""
        column = self.judge.names.index(name)
        level = float(self.judge.level[column])
        logits = logits_NB[:, column]
        if not len(logits):
            return {"share": None, "share_balanced": None}
        return {
            "share": round(float((logits > 0).float().mean()), 4),
            "share_balanced": round(float((logits > level).float().mean()), 4),
        }

    def recognised(self, name: str) -> dict[str, Any]:
        """Return how many of the held-out faces that have an attribute the judge finds."""
        has = self._truth(name) == 1
        pictures = self.judge.network.scores(self.dataset.test.images[has])
        again = self.judge.logits(self.model, self.codes_ND[has])
        return {
            "pictures": self._shares(pictures, name),
            "reconstructions": self._shares(again, name),
        }

    def moved(self, name: str) -> dict[str, Any]:
        """Return the shares judged to have an attribute that they lacked, after so many steps.

        Beside the steps that the directions have, for which both sides of an attribute weigh the
        same, stand those of one standard deviation of all codes as they are (`in_population`).
        """
        lacks = self.codes_ND[self._truth(name) == 0][: self.faces]
        found: dict[str, Any] = {"faces": len(lacks), "in_population": {}, "step_ratio": {}}
        still = self._shares(self.judge.logits(self.model, lacks), name)
        for kind in KINDS:
            balanced = self.directions.of(kind)
            plain = balanced.in_population()
            row = balanced.index(name)
            found["step_ratio"][kind] = round(float(balanced.widths[row] / plain.widths[row]), 3)
            found[kind] = {"0": still} | self._moved(balanced, lacks, name, STEPS)
            found["in_population"][kind] = self._moved(plain, lacks, name, STEPS[1:])
        return found

    def _moved(
        self, directions: Directions, z_ND: Tensor, name: str, steps: tuple[int, ...]
    ) -> dict[str, dict[str, float | None]]:
        def judged(count: int) -> Tensor:
            return self.judge.logits(self.model, directions.move(z_ND, {name: float(count)}))

        return {str(count): self._shares(judged(count), name) for count in steps}

    def held_from_largest(self, kind: DirectionKind, name: str) -> dict[str, Any] | None:
        """Return what is left of the largest effect on another once that one is to be left alone.

        The other is any attribute, not only one of the main ones.
        """
        effects, row = self.directions.effects_of(kind), self.directions.names.index(name)
        if effects is None or len(self.directions.names) < 2:
            return None
        most = int(effects[row].index_fill(0, torch.tensor([row]), 0).abs().argmax())
        other = self.directions.names[most]
        step = self.directions.of(kind).conditional(name, [other])
        # The faces that the kept effects were measured on, so that the two can be compared.
        codes = self.codes_ND[:FACES]
        before, after = (self.judge.logits(self.model, z) for z in (codes, codes + step))
        change = ((after - before) / self.judge.spread).mean(0)
        change = change[self.judge.columns(self.directions.names)]
        return {
            "other": other,
            "raw": round(float(effects[row, most]), 3),
            "conditional": round(float(change[most]), 3),
            "own_raw": round(float(effects[row, row]), 3),
            "own_conditional": round(float(change[row]), 3),
        }


def _cross_effects(
    directions: AttributeDirections, kind: DirectionKind, shown: list[str]
) -> dict[str, Any]:
    """Return the largest effect on another attribute, of the main ones and of all."""
    rows = [directions.names.index(name) for name in shown]
    effects = partial(directions.effects_of, kind)
    ways = {"raw": effects(), "conditional": effects(conditional=True)}
    found: dict[str, Any] = {}
    for way, table in ways.items():
        if table is None:
            continue
        others = table.clone().fill_diagonal_(0)
        found[way] = {
            "own": {n: round(float(table[r, r]), 3) for n, r in zip(shown, rows, strict=True)},
            "largest": {
                n: round(float(others[r, rows].abs().max()), 3)
                for n, r in zip(shown, rows, strict=True)
            },
            "largest_of_all": {
                n: _largest(directions, others[r], n) for n, r in zip(shown, rows, strict=True)
            },
        }
    return found


def _largest(directions: AttributeDirections, row: Tensor, name: str) -> dict[str, float]:
    most = int(row.abs().argmax())
    return {directions.names[most]: round(float(row[most]), 3)}


def _criteria(result: dict[str, Any], dataset: Dataset) -> list[dict[str, Any]]:
    """Return what was asked for, what there is, and whether it is enough."""
    rows: list[dict[str, Any]] = []

    def ask(what: str, value: float | None, wanted: float, *, at_most: bool = False) -> None:
        met = value is not None and (value <= wanted if at_most else value >= wanted)
        sign = "<=" if at_most else ">="
        rows.append({"what": what, "value": value, "wanted": f"{sign} {wanted:.4g}", "met": met})

    drawn = dataset.name == "faces-synthetic"
    for name, one in result["attributes"].items():
        ask(f"AUC {name}", one["auc_normal"], DRAWN_AUC if drawn else WANTED_AUC[name])
    for name, one in result["attributes"].items():
        for kind in KINDS if "moved" in one else ():
            moved = one["moved"]
            ask(f"+2 {name} ({kind})", moved[kind]["2"]["share"], MOVED)
            plain = moved["in_population"][kind]["2"]["share"]
            ask(f"+2 {name} ({kind}), steps of the population", plain, MOVED)
    for kind, ways in result["cross_effects"].items():
        if len(ways) < 2:
            continue
        raw, held = (max(ways[way]["largest"].values()) for way in ("raw", "conditional"))
        share = round(held / raw, 3) if raw else None
        ask(f"cross effect between these, conditional / raw ({kind})", share, HALF, at_most=True)
    for kind, apart in result.get("held_from_largest", {}).items():
        worst = [abs(one["conditional"] / one["raw"]) for one in apart.values() if one]
        what = f"what is left of each one's largest cross effect, held from it ({kind})"
        ask(what, round(max(worst), 3) if worst else None, HALF, at_most=True)
    figures = result["reconstruction"]
    if {"ssim", "pca_ssim"} <= figures.keys():
        ask("SSIM, next to components", figures["ssim"], figures["pca_ssim"])
    if {"frechet_reconstruction", "pca_frechet_reconstruction"} <= figures.keys():
        ask(
            "Frechet, next to components",
            figures["frechet_reconstruction"],
            figures["pca_frechet_reconstruction"],
            at_most=True,
        )
    return rows
