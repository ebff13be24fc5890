"""Fit the weights of the judge of variants, on pairs that people have judged.

    python -m benchmarks.fit_judge [--folder DEV] [--markdown] [--plot FILE]

Knows: where judged pairs are stored, how weights are fitted, and how they are measured. Does not
know: how a pair is read (``kernel/judge.c`` gives its features).

The fit is a logistic regression with a penalty on the squares of the weights; both kinds of pairs
count the same. The figures come from cross-validation: the pairs of a source are judged by weights
that were fitted on all other sources. The pairs that were written for this project
(``tests/support/judged.py``, ``tests/support/scripts.py``) take part in every fit with a smaller
weight, and are never counted in a figure.

The output ends with the table for ``dedup/core/weights.py``, and says whether it is the one in use.

Cost: three seconds.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import table
from benchmarks.plot import Axis, Line, line_plot
from dedup import kernel
from dedup.core import weights
from dedup.core.tokens import lay_out
from dedup.core.variants import judge_of

#: Sets of pairs that were judged by reading. Only the first is counted in the figures: many of the
#: others were looked at while the readings were written.
JUDGED, OLDER = "judged_pairs", ("content_hugo_rust", "versioned_etcd")

#: The penalty, and what a pair written for this project weighs beside one from elsewhere.
_PENALTY, _OWN = 3.0, 0.3

#: Where the curve of ``variants_at`` is drawn.
_POINTS = np.arange(0.05, 0.96, 0.05)

_FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "dev"

#: The head of a table of ``cells``.
HEAD = ("judged pairs", "variants", "judged right", "copies", "judged right", "balanced")

Floats = NDArray[np.float64]


class Pair(NamedTuple):
    """A judged pair: where it is from, its language, its texts, whether it is a variant."""

    source: str
    language: str
    a: str
    b: str
    variant: bool


class Fitted(NamedTuple):
    """Weights as features have them, in tenths, and what makes a probability of their sum."""

    weights: tuple[int, ...]
    slope: float


class Accuracy(NamedTuple):
    """The number of pairs of each kind, and the share of each kind that is judged right."""

    variants: int
    copies: int
    variants_right: float
    copies_right: float

    @property
    def balanced(self) -> float:
        """The mean of both shares."""
        return (self.variants_right + self.copies_right) / 2


def read_judged(folder: Path) -> list[Pair]:
    """Read the judged pairs. Raises FileNotFoundError where they are not."""
    lines = (folder / JUDGED / "pairs.jsonl").read_text(encoding="utf-8").splitlines()
    return [
        Pair(_source(pair["id"]), pair["language"], pair["a"], pair["b"], pair["label"] == 0)
        for pair in map(json.loads, lines)
    ]


def _source(name: str) -> str:
    """Give the source of a pair; the versions of one source are the same source."""
    return str(name.rsplit("-", 1)[0].removesuffix("-h"))


def read_older(folder: Path) -> list[Pair]:
    """Read the older judged sets, whatever the similarity of their pairs."""
    found = []
    for name in OLDER:
        lines = (folder / name / "labelled_pairs.jsonl").read_text(encoding="utf-8").splitlines()
        for pair in map(json.loads, lines):
            if pair["label"] is not None:
                variant = pair["label"] == 0
                found.append(Pair(name, "en", pair["text_a"], pair["text_b"], variant))
    return found


def own_pairs() -> list[Pair]:
    """List the pairs that were written for this project."""
    from tests.support.judged import COPIES, VARIANTS
    from tests.support.scripts import SCRIPTS, edited

    found = [
        Pair("own", "en", a, b, variant)
        for pairs, variant in ((VARIANTS, True), (COPIES, False))
        for a, b in pairs.values()
    ]
    for name, script in SCRIPTS.items():
        for edits, variant in ((script.edits, False), (script.facts, True)):
            found += [Pair("own", name, *edited(script, each), variant) for each in edits.values()]
    return found


def features_of(pairs: Sequence[Pair]) -> Floats:
    """Give the features of pairs: float64 (m, features)."""
    texts = [text for pair in pairs for text in (pair.a, pair.b)]
    left = np.arange(0, len(texts), 2)
    found = kernel.judge_whole(lay_out(texts, places=True), judge_of(), left, left + 1)
    features: Floats = found.features / 64
    return features


def fit(features: Floats, variant: Floats, counts: Floats) -> Floats:
    """Fit weights by Newton's method; counts: how much each pair counts."""
    found = np.zeros(features.shape[1])
    penalty = np.full(features.shape[1], _PENALTY)
    penalty[kernel.READINGS] = 1e-3  # what is always there is free
    for _ in range(50):
        odds = _share(features @ found)
        slope = features.T @ (counts * (odds - variant)) + penalty * found
        bend = (features * (counts * odds * (1 - odds))[:, None]).T @ features + np.diag(penalty)
        step = np.linalg.solve(bend, slope)
        found -= step
        if np.abs(step).max() < 1e-9:
            break
    return found


def _share(odds: Floats) -> Floats:
    share: Floats = 1.0 / (1.0 + np.exp(-np.clip(odds, -30, 30)))
    return share


def _even(variant: Floats) -> Floats:
    """Say how much pairs count where either kind counts the same."""
    count, many = len(variant), variant.sum()
    counts: Floats = np.where(variant > 0, count / 2 / many, count / 2 / (count - many))
    return counts


class Study:
    """Judged pairs with their features: what is fitted, and how well it does elsewhere."""

    def __init__(self, folder: Path = _FOLDER) -> None:
        self.judged = read_judged(folder)
        self.pairs = [*self.judged, *read_older(folder)]
        own = own_pairs()
        self._features, self._own = features_of(self.pairs), features_of(own)
        self._variant = np.array([pair.variant for pair in self.pairs], dtype=np.float64)
        self._own_variant = np.array([pair.variant for pair in own], dtype=np.float64)

    def _fit(self, some: NDArray[np.bool_]) -> Floats:
        variant = self._variant[some]
        counts = np.concatenate((_even(variant), np.full(len(self._own), _OWN)))
        return fit(
            np.concatenate((self._features[some], self._own)),
            np.concatenate((variant, self._own_variant)),
            counts,
        )

    def fitted(self) -> Fitted:
        """Fit on everything; the calibration is that of the cross-validation."""
        found = np.round(10 * self._fit(np.ones(len(self.pairs), dtype=bool)))
        slope = _calibrated(self._held_out(), self._variant)
        return Fitted(tuple(found.astype(int).tolist()), round(slope / 10, 3))

    def _held_out(self) -> Floats:
        """Give the logarithm of the odds of each pair, by weights fitted on the other sources."""
        sources = np.array([pair.source for pair in self.pairs])
        odds = np.empty(len(self.pairs))
        for source in sorted(set(sources.tolist())):
            held = sources == source
            odds[held] = self._features[held] @ np.round(self._fit(~held), 1)
        return odds

    def probabilities(self, fitted: Fitted) -> Floats:
        """Give the probability of each judged pair, by weights fitted on the other sources."""
        held = self._held_out()[: len(self.judged)]
        return _share(10 * fitted.slope * held)

    def in_force(self) -> Floats:
        """Give the probability of every pair by the weights of the package."""
        table_ = [reading.weight for reading in weights.READINGS] + [*weights.WHOLE]
        odds = self._features @ np.array(table_, dtype=np.float64)
        return _share(weights.SLOPE * odds)


def _calibrated(odds: Floats, variant: Floats) -> float:
    """Fit what makes probabilities of odds: what they are multiplied by."""
    found, counts = 1.0, _even(variant)
    for _ in range(50):
        share = _share(odds * found)
        bend = (counts * share * (1 - share) * odds**2).sum()
        found -= (counts * (share - variant) * odds).sum() / bend
    return float(found)


def accuracy(pairs: Sequence[Pair], probability: Floats, at: float = 0.5) -> Accuracy:
    """Count the pairs that are judged right. The share of no pairs is 1."""
    variant = np.array([pair.variant for pair in pairs], dtype=bool)
    right = (probability >= at) == variant
    shares = [float(right[kind].mean()) if kind.any() else 1.0 for kind in (variant, ~variant)]
    return Accuracy(int(variant.sum()), int((~variant).sum()), *shares)


def rows(pairs: Sequence[Pair], probability: Floats) -> Iterator[tuple[str, Accuracy]]:
    """Give the accuracy for all pairs, then for each source and each language."""
    yield "all", accuracy(pairs, probability)
    for field in ("source", "language"):
        order = sorted(range(len(pairs)), key=lambda k: (getattr(pairs[k], field), k))
        for name, members in groupby(order, key=lambda k: getattr(pairs[k], field)):
            some = [*members]
            yield f"{field} {name}", accuracy([pairs[k] for k in some], probability[some])


def lines_of(fitted: Fitted) -> Iterator[str]:
    """Write the table of ``dedup/core/weights.py``."""
    yield "READINGS = ("
    for reading, weight in zip(weights.READINGS, fitted.weights, strict=False):
        yield f'    ReadingWeight("{reading.name}", {weight}, Sort.{reading.sort.name}),'
    yield ")"
    whole = ", ".join(map(str, fitted.weights[len(weights.READINGS) :]))
    yield f"WHOLE = Whole({whole})"
    yield f"SLOPE = {fitted.slope}"


def is_in_force(fitted: Fitted) -> bool:
    """Say whether the package has these weights."""
    table_ = *(reading.weight for reading in weights.READINGS), *weights.WHOLE
    return fitted == Fitted(table_, weights.SLOPE)


def plot(pairs: Sequence[Pair], probability: Floats) -> str:
    """Draw the share of each kind that is judged right, for each value of ``variants_at``."""
    shares = [(float(at), accuracy(pairs, probability, float(at))) for at in _POINTS]
    percent = [(value / 100, f"{value} %") for value in range(50, 101, 10)]
    return line_plot(
        "What --variants-at changes, on judged pairs of sources that were held out",
        Axis(
            "probability from which on a pair is a variant",
            [(k / 10, f"{k / 10}") for k in range(11)],
        ),
        Axis("judged right", percent),
        [
            Line("variants kept", [(at, max(each.variants_right, 0.5)) for at, each in shares], 0),
            Line("copies taken out", [(at, max(each.copies_right, 0.5)) for at, each in shares], 1),
        ],
        (0.5, "the default"),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit, print the figures and the table, draw the curve."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fit_judge", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--folder", type=Path, default=_FOLDER, help="folder of the labelled sets")
    parser.add_argument("--plot", type=Path, help="write the curve of variants_at to this SVG file")
    options = parser.parse_args(arguments)
    study = Study(options.folder)
    fitted = study.fitted()
    probability = study.probabilities(fitted)
    print(table(HEAD, [cells(*row) for row in rows(study.judged, probability)]))
    older = slice(len(study.judged), None)
    now = accuracy(study.pairs[older], study.in_force()[older])
    print(f"\n{table(HEAD, [cells('older sets, by the weights in force', now)])}")
    print("\n" + "\n".join(lines_of(fitted)))
    print("\nthese are in force" if is_in_force(fitted) else "\nOTHERS are in force")
    if options.plot:
        options.plot.write_text(plot(study.judged, probability), encoding="utf-8")


def cells(name: str, each: Accuracy) -> tuple[str, ...]:
    """Make a row of the table of accuracies."""
    return (
        name, str(each.variants), f"{each.variants_right:.3f}" if each.variants else "",
        str(each.copies), f"{each.copies_right:.3f}" if each.copies else "", f"{each.balanced:.3f}",
    )  # fmt: skip


if __name__ == "__main__":
    main()
