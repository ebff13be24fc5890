"""Measure what is found in real text: dedup and its peers, each at its defaults.

    python -m benchmarks.quality [--folder DEV] [--sets a,b] [--markdown] [--check] [--plot FILE]

Knows: which contender answers on which set, how the figures are laid out, what each should reach.
Does not know: how a set is read, how a contender works, how a figure is counted
(``benchmarks.marks`` explains each).

Cost: one to two minutes on two cores, half a minute more with --check.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks import fit_judge, sets
from benchmarks.answers import CHARACTERS, CONTENDERS, COPY, DEDUP, VARIANT, Answer, Contender
from benchmarks.curves import AMONG_MANY, LEAST, Curves
from benchmarks.marks import READINGS, Count, Marks, mark, reasons
from benchmarks.measure import machine, table
from benchmarks.sets import Alike, LabelledSet

_PACKAGES = ("dedup-paragraphs", "numpy", "rapidfuzz", "datasketch", "rensa")
_PLOT = Path(__file__).resolve().parent / "recall.svg"

#: Sets of scanned texts, which dedup is asked about by characters as well.
_SCANNED = "ocr_"

#: What should be reached: the most that may escape; the least of edited copies that are reported
#: in two sets; the least of the judged pairs of either kind, where reported, that are judged right.
_ESCAPED, _EDITED, _JUDGED = 0.01, 0.90, 0.85

#: The same of the pairs of ``judged_pairs``: the mean of both kinds' shares, and the lower one.
_BALANCED, _EITHER = 0.85, 0.78
_EDITED_SETS = ("bible_editions", "versioned_etcd")


class Options(argparse.Namespace):
    """What was asked for."""

    folder: Path
    sets: str
    markdown: bool
    check: bool
    plot: Path | None


class Row(NamedTuple):
    """A row of the table: what is counted, and a cell for each contender that has one."""

    title: str
    cells: dict[str, str]


class Target(NamedTuple):
    """A figure, what is wanted of it, and whether that is reached."""

    title: str
    measured: float
    wanted: str
    reached: bool


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is asked for, print its tables, draw the plot."""
    options = _options(arguments)
    begin = time.perf_counter()
    print(machine(_PACKAGES))
    layout = _markdown if options.markdown else table
    curves, checked = Curves(), 0
    marks: dict[str, dict[str, Marks]] = {}
    rows, became = [], []
    for labelled in sets.read(options.folder, [name for name in options.sets.split(",") if name]):
        alike = sets.alike(labelled.texts, LEAST)
        asked = {each: each.answer(labelled.texts) for each in _asked(labelled)}
        answers = {each.title: answer for each, answer in asked.items()}
        marks[labelled.name] = _mark(labelled, asked, alike)
        rows += [*_rows(labelled, marks[labelled.name])]
        if labelled.edited:
            became.append(_reasons(labelled, answers[DEDUP]))
        peers = {title: answer for title, answer in answers.items() if not _is_dedup(title)}
        curves.add(labelled.texts, peers, alike)
        if options.check:
            checked += _check(labelled, answers)
    titles = [each.title for each in CONTENDERS if any(each.title in row.cells for row in rows)]
    filled = [(row.title, *(row.cells.get(title, "") for title in titles)) for row in rows]
    print(f"\n{layout(('set and figure', *titles), filled)}")
    if became:
        print(f"\n{layout(_REASONS, became)}")
    reached = [*targets(marks, curves)]
    if (options.folder / fit_judge.JUDGED).exists():
        study = fit_judge.Study(options.folder)
        probability = study.probabilities(study.fitted())
        accuracies = [*fit_judge.rows(study.judged, probability)]
        print(f"\n{layout(fit_judge.HEAD, [fit_judge.cells(*row) for row in accuracies])}")
        reached += _accuracy(accuracies[0][1])
    print(f"\n{layout(_TARGETS, [_written(each) for each in reached])}")
    print(f"\n{layout(*curves.rows())}\n")
    if options.check:
        print(f"score.py says the same of {checked} answers")
    if options.plot:
        options.plot.write_text(curves.draw(), encoding="utf-8")
        print(f"wrote {options.plot}")
    print(f"{time.perf_counter() - begin:.0f} s")


def _options(arguments: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("--folder", type=Path, default=sets.DEV, help="folder of the sets")
    add("--sets", default="", help="names, separated by commas; all if none is given")
    add("--markdown", action="store_true", help="print tables as benchmarks/README.md has them")
    add("--check", action="store_true", help="also mark answers by the score.py of each set")
    add("--plot", type=Path, help="file for the plot; default: recall.svg, if all sets run")
    options = parser.parse_args(arguments, namespace=Options())
    complete = all(each.here for each in CONTENDERS) and not options.sets
    if options.plot is None and complete and options.folder == sets.DEV:
        options.plot = _PLOT
    return options


def _asked(labelled: LabelledSet) -> Iterator[Contender]:
    """List who is asked about a set; who isn't installed is left out."""
    for each in CONTENDERS:
        if each.here and (each.title != CHARACTERS or labelled.name.startswith(_SCANNED)):
            yield each


def _is_dedup(title: str) -> bool:
    return title in (DEDUP, CHARACTERS)


def _mark(
    labelled: LabelledSet, answers: dict[Contender, Answer], alike: Alike
) -> dict[str, Marks]:
    """Mark all answers, each against the pairs that are alike by its tokens and threshold."""
    marks = {}
    for each, answer in answers.items():
        if each.tokens == "words":
            pairs = alike.take(alike.score >= each.threshold)
        else:
            pairs = sets.alike(labelled.texts, each.threshold, each.tokens)
        marks[each.title] = mark(labelled, answer, pairs)
    return marks


def _check(labelled: LabelledSet, answers: dict[str, Answer]) -> int:
    """Have ``score.py`` mark the answers too; ValueError where it says something else."""
    script = labelled.folder.parent / "score.py"
    for title, answer in answers.items():
        ours = sets.score(labelled, answer.pairs)
        theirs = sets.score_by_script(labelled, answer.pairs, script)
        if ours != theirs:
            raise ValueError(f"{labelled.name}, {title}: {ours} here, {theirs} by {script}")
    return len(answers)


# -- the table


def _rows(labelled: LabelledSet, marks: dict[str, Marks]) -> Iterator[Row]:
    """Lay out a set's figures, leaving out those it has no pairs for."""

    def row(figure: str, cell: Callable[[Marks], str], *leave_out: str) -> Row:
        cells = {title: cell(each) for title, each in marks.items() if title not in leave_out}
        return Row(f"{labelled.name}: {figure}", cells)

    def escaped(each: Marks) -> str:
        return f"{100 * each.escaped.share:.1f} %"

    first = marks[DEDUP]
    yield row(f"escaped, of {first.escaped.all} pairs", escaped, CHARACTERS)
    if CHARACTERS in marks:
        count = marks[CHARACTERS].escaped.all
        others = [title for title in marks if title != CHARACTERS]
        yield row(f"escaped by characters, of {count}", escaped, *others)
    if labelled.edited:
        count = len(labelled.edited)
        yield row(f"edited copies reported, of {count}", lambda m: f"{m.reported.share:.3f}")
        yield row("edited copies removed", lambda m: f"{m.removed.share:.3f}")
    if labelled.others:
        yield row("precision", lambda m: f"{m.precision.share:.3f}" if m.precision.all else "-")
    if first.ari is not None:
        yield row("ARI", lambda m: f"{m.ari:.3f}")
    if labelled.judged:
        same, templates = first.same.total(), first.templates.total()
        yield row(f"judged the same, removed, of {same}", lambda m: str(m.same[COPY]))
        yield row(f"templates removed (wrong), of {templates}", lambda m: str(m.templates[COPY]))
        yield row("templates called variants", lambda m: str(m.templates[VARIANT]))


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---", *["--:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


_REASONS = (
    "edited copies, dedup", "all", "removed",
    *(f"variant by {reading}" for reading in READINGS), "otherwise", "below 0.8", "not compared",
)  # fmt: skip


def _reasons(labelled: LabelledSet, answer: Answer) -> tuple[str, ...]:
    became = reasons(labelled, answer)
    counts = (became.removed, *became.variants, became.below, became.missed)
    return (labelled.name, *map(str, (len(labelled.edited), *counts)))


# -- targets

_TARGETS = ("target", "measured", "wanted", "")


def _written(target: Target) -> tuple[str, ...]:
    reached = "reached" if target.reached else "MISSED"
    return target.title, f"{target.measured:.4f}", target.wanted, reached


def targets(marks: dict[str, dict[str, Marks]], curves: Curves) -> Iterator[Target]:
    """Compare dedup's figures with what they should be."""
    worst = max(
        each.escaped.share
        for some in marks.values()
        for title, each in some.items()
        if _is_dedup(title)
    )
    yield _at_most("pairs escaped, the worst set", worst)
    yield _at_most("pairs not compared by the bands for a million", curves.missed(AMONG_MANY))
    for name in _EDITED_SETS:
        if name in marks:
            title = f"edited copies reported, {name}"
            yield _at_least(title, marks[name][DEDUP].reported.share, _EDITED)
    for name, some in marks.items():
        yield from _judged(name, some[DEDUP])


def _judged(name: str, marks: Marks) -> Iterator[Target]:
    """Of the judged pairs that are reported, those judged right: copies removed, variants kept."""
    for title, said, right in (
        ("judged the same, removed", marks.same, COPY),
        ("judged templates, called variants", marks.templates, VARIANT),
    ):
        count = Count(said[right], said[COPY] + said[VARIANT])
        if count.all:
            yield _at_least(f"{title}, of {count.all} reported, {name}", count.share, _JUDGED)


def _accuracy(of: fit_judge.Accuracy) -> Iterator[Target]:
    """The judged pairs, each source by weights that were fitted on the others."""
    yield _at_least("pairs judged right, either kind the same", of.balanced, _BALANCED)
    worse = min(of.variants_right, of.copies_right)
    yield _at_least("pairs of the worse kind judged right", worse, _EITHER)


def _at_most(title: str, measured: float) -> Target:
    return Target(title, measured, f"{_ESCAPED} or less", measured <= _ESCAPED)


def _at_least(title: str, measured: float, bound: float) -> Target:
    return Target(title, measured, f"{bound} or more", measured >= bound)


if __name__ == "__main__":
    main()
