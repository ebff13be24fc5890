"""Measure ``dedup.find`` beside its peers, at growing size, on hostile input, and its start.

    python -m benchmarks.find [--paragraphs N] [--texts FOLDER] [--peers a,b | --skip-peers]
                              [--scale] [--hostile] [--startup] [--all]

Knows: which runs there are, and what each should reach. Does not know: how a contender works, how
it is measured.

Without a flag it measures peers, hostile input and start. With ``--texts`` the comparison with
peers also runs on real sentences that are recombined (``recombined``): FOLDER holds files named
units.jsonl with a text in each line. A time is the best of ``--repeats`` runs, each in a process of
its own, with the contenders taking turns. "cpu us" is the time of all processors in that run,
divided by the paragraphs.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from benchmarks import corpus, recombined, truth
from benchmarks.measure import (
    Measured,
    Setting,
    as_installed,
    machine,
    run,
    save_texts,
    table,
)
from benchmarks.peers import CONTENDERS

_PACKAGES = ("dedup-paragraphs", "numpy", "rapidfuzz", "datasketch", "rensa", "gaoya")

#: A setting that removes more than this share wrongly is not taken, however fast.
_WRONG = 0.01

#: How many times slower than dedup with two workers a peer should be.
_RATIOS = {"rensa": 8.0, "gaoya": 6.0, "datasketch": 40.0}

#: Microseconds a paragraph that two workers should take, variants not told apart.
_LONGEST = {"generated": 2.6, "real": 10.0}

#: A finalist may fall this much short of dedup's recall at full size: the noise of the sample, on
#: which it was no worse, is as large.
_SLACK = 0.002

#: How many settings of a peer are run at full size; the fastest there is shown. They differ in
#: width or rows, since what is cheap on the sample may meet too many strangers among more.
_FINALISTS = 3


class Options(argparse.Namespace):
    """What was asked for."""

    paragraphs: int
    sample: int
    repeats: int
    texts: Path | None
    seed: int
    sizes: list[int]
    hostile_size: int
    peers: str
    skip_peers: bool
    strangers: bool
    scale: bool
    hostile: bool
    startup: bool
    all: bool


class Input(NamedTuple):
    """Paragraphs on disk and what is true of them."""

    path: Path
    size: int
    truth: truth.Truth


class Line(NamedTuple):
    """One contender's figures."""

    name: str
    setting: Setting
    measured: Measured
    marks: truth.Marks
    size: int

    @property
    def cost(self) -> float:
        """Microseconds a paragraph."""
        return self.measured.seconds / self.size * 1e6


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is asked for and print its tables."""
    options = _options(arguments)
    chosen = options.all or not (options.scale or options.hostile or options.startup)
    print(machine(_PACKAGES))
    with tempfile.TemporaryDirectory() as folder:
        if chosen:
            for texts in dict.fromkeys((None, options.texts)):
                compare(options, texts, Path(folder))
        if chosen or options.hostile:
            hostile(options, Path(folder))
        if chosen or options.startup:
            startup(options, Path(folder))
        if options.all or options.scale:
            scale(options, Path(folder))


def _options(arguments: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.find", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("--paragraphs", type=int, default=200_000, help="paragraphs for the comparison")
    add("--sample", type=int, default=20_000, help="paragraphs on which settings are tried")
    add("--repeats", type=int, default=3, help="runs of each contender; the best counts")
    add("--texts", type=Path, help="a folder of real texts, for a comparison on them")
    add("--seed", type=int, default=1, help="decides the made texts")
    add(
        "--sizes",
        type=_numbers,
        default=[100_000, 300_000, 1_000_000, 3_000_000],
        help="paragraphs, for --scale",
    )
    add("--hostile-size", type=int, default=200_000, help="paragraphs of each hostile input")
    add("--peers", default="rensa,gaoya,datasketch", help="names, separated by commas")
    add("--skip-peers", action="store_true", help="measure only dedup")
    add("--strangers", action="store_true", help="check by brute force that other pairs are unlike")
    add("--scale", action="store_true", help="measure growing sizes")
    add("--hostile", action="store_true", help="measure hostile input")
    add("--startup", action="store_true", help="measure the start")
    add("--all", action="store_true", help="measure everything")
    return parser.parse_args(arguments, namespace=Options())


def _numbers(text: str) -> list[int]:
    return [int(float(part)) for part in text.split(",")]


# -- against peers


def compare(options: Options, texts: Path | None, folder: Path) -> None:
    """Run dedup and its peers, each at the cheapest setting of the same measured recall.

    texts: the folder of real texts, or None for generated ones.
    """
    whole = _input(options.paragraphs, texts, options.seed, folder / "whole.txt")
    small = min(options.sample, options.paragraphs)
    sample = _input(small, texts, options.seed, folder / "sample.txt")
    goal = _line("dedup", {"workers": 1}, sample).marks.edited
    names = [] if options.skip_peers else [name for name in options.peers.split(",") if name]
    entrants: list[tuple[str, Setting, Input]] = [
        ("dedup", {"workers": 2}, whole),
        ("dedup", {"workers": 1}, whole),
        ("dedup", {"workers": 2, "judged": 1}, whole),
    ]
    for name in names:
        most = CONTENDERS[name].most
        field = whole if most is None or most >= whole.size else sample
        entrants += [(name, setting, field) for setting in search(name, goal, sample)]
    lines = [_line(*entrant) for entrant in entrants]
    best = [*lines[:3], *(_fastest(lines[3:], name, lines[0].marks.edited) for name in names)]
    for _ in range(options.repeats - 1):
        best = [min(old, _again(old, entrants), key=_cost) for old in best]
    kind = "generated" if texts is None else "real"
    print(f"\n{whole.size} {kind} paragraphs, similarity 0.8; best of {options.repeats}\n")
    print(_comparison(best, whole.size))
    print(_targets(best, _LONGEST[kind]))
    if options.strangers and texts is None:
        unplanted = truth.strangers(corpus.paragraphs(sample.size, options.seed))
        print(f"pairs alike that were not planted, among {sample.size}: {unplanted}")


def _input(count: int, texts: Path | None, seed: int, path: Path) -> Input:
    if texts is None:
        made = corpus.paragraphs(count, seed)
    else:
        made = recombined.paragraphs(texts, count, seed)
    save_texts(path, made.texts)
    return Input(path, count, truth.planted(made))


def _line(name: str, setting: Setting, field: Input) -> Line:
    measured = run(name, setting, field.path)
    return Line(name, setting, measured, truth.mark(measured.kept, field.truth), field.size)


def _cost(line: Line) -> float:
    return line.cost


def _again(line: Line, entrants: list[tuple[str, Setting, Input]]) -> Line:
    """Run a line once more, on the same input."""
    field = next(f for n, s, f in entrants if n == line.name and s == line.setting)
    return _line(line.name, line.setting, field)


def search(name: str, goal: float, sample: Input) -> list[Setting]:
    """Find the cheapest settings of each kind whose recall of edited copies reaches ``goal``.

    Every setting of the grid is run once on the sample, and printed. Where none reaches the goal,
    the one that comes nearest is returned.
    """
    tried = [_line(name, setting, sample) for setting in CONTENDERS[name].grid]
    print(f"\n{name}: settings on {sample.size} paragraphs, to reach {goal:.4f} of edited copies\n")
    head = ("setting", "us", "recall", "of edited", "wrong")
    print(table(head, [_tried(line) for line in sorted(tried, key=_cost)]))
    sound = [line for line in tried if line.marks.wrong <= _WRONG * sample.size] or tried
    good = [line for line in sound if line.marks.edited >= goal]
    good = good or [max(sound, key=lambda line: line.marks.edited)]
    kinds: dict[tuple[float, float], Setting] = {}
    for line in sorted(good, key=_cost):
        kinds.setdefault((line.setting["width"], line.setting["rows"]), line.setting)
    return list(kinds.values())[:_FINALISTS]


def _tried(line: Line) -> tuple[str, ...]:
    marks = line.marks
    return (
        _written(line.setting),
        f"{line.cost:.1f}",
        f"{marks.recall:.4f}",
        f"{marks.edited:.4f}",
        f"{marks.wrong}",
    )


def _fastest(lines: list[Line], name: str, goal: float) -> Line:
    """Take the fastest finalist that keeps the recall, or else the one nearest to it."""
    mine = [line for line in lines if line.name == name]
    sound = [line for line in mine if line.marks.wrong <= _WRONG * line.size] or mine
    good = [line for line in sound if line.marks.edited >= goal - _SLACK]
    return min(good, key=_cost) if good else max(sound, key=lambda line: line.marks.edited)


def _comparison(lines: list[Line], count: int) -> str:
    head = ("contender", "setting", "verified", "s", "us each", "cpu us", "ratio", "recall")
    ours = lines[0].cost
    rows = [_row(line, ours, count) for line in lines]
    return table((*head, "of edited", "wrong", "peak B each"), rows)


def _row(line: Line, ours: float, count: int) -> tuple[str, ...]:
    scaled = line.cost * count / 1e6
    measured = line.measured
    return (
        line.name if line.size == count else f"{line.name} (scaled from {line.size})",
        _written({**line.setting, **measured.figures}),
        CONTENDERS[line.name].verified,
        f"{scaled:.2f}",
        f"{line.cost:.1f}",
        f"{measured.busy / line.size * 1e6:.1f}",
        f"{line.cost / ours:.2f}",
        f"{line.marks.recall:.4f}",
        f"{line.marks.edited:.4f}",
        f"{line.marks.wrong / line.size:.2%}",
        "-" if measured.peak is None else f"{measured.peak / line.size:.0f}",
    )


def _written(setting: Setting) -> str:
    """Write a setting: "2-grams 32x3 J>=0.2"."""
    parts = [f"{setting['workers']} workers"] if "workers" in setting else []
    parts += ["variants kept"] if setting.get("judged") else []
    if setting.get("bands"):
        parts.append(f"{setting['width']}-grams {setting['bands']}x{setting['rows']}")
    if "least" in setting:
        parts.append(f"J>={setting['least']}")
    return " ".join(parts)


def _targets(lines: list[Line], longest: float) -> str:
    two, one, judged = lines[:3]
    rows = [("microseconds a paragraph, two workers", f"{two.cost:.1f}", f"{longest} or less")]
    rows.append(("two workers against one", f"{one.cost / two.cost:.2f}x", "1.6x or more"))
    rows.append(("defaults against variants removed", f"{judged.cost / two.cost:.2f}x", "1.25x"))
    for line in lines[:2]:
        if line.measured.peak is not None:
            each = f"{line.measured.peak / line.size:.0f} B"
            workers = line.setting["workers"]
            rows.append((f"peak memory of a paragraph, {workers} workers", each, "600 B or less"))
    for line in lines[3:]:
        ratio = f"{line.cost / two.cost:.1f}x"
        rows.append((f"against {line.name}", ratio, f"{_RATIOS[line.name]:.0f}x or more"))
    return "\n" + table(("target", "measured", "wanted"), rows)


# -- growing size


def scale(options: Options, folder: Path) -> None:
    """Run dedup with two workers at growing size."""
    rows, first = [], 0.0
    for count in options.sizes:
        path = folder / "scale.txt"
        save_texts(path, corpus.paragraphs(count, options.seed).texts)
        runs = [run("dedup", {"workers": 2}, path) for _ in range(options.repeats)]
        measured = min(runs, key=lambda each: each.seconds)
        cost = measured.seconds / count * 1e6
        first = first or cost
        peak = "-" if measured.peak is None else f"{measured.peak / count:.0f}"
        growth = f"{cost / first:.2f} (1.5 or less)"
        setting = _written({"workers": 2, **measured.figures})
        rows.append((str(count), setting, f"{measured.seconds:.2f}", f"{cost:.1f}", growth, peak))
        path.unlink()
    head = ("paragraphs", "setting", "s", "us each", "growth", "peak B each")
    print(f"\ngrowing size; best of {options.repeats}\n\n{table(head, rows)}")


# -- hostile input


def hostile(options: Options, folder: Path) -> None:
    """Run dedup on inputs that fill buckets."""
    count = options.hostile_size
    text = corpus.paragraphs(1, options.seed).texts[0]
    cases = (
        (f"{count} copies of one paragraph", [text] * count, "1 s"),
        (f"{count // 4} variants of one template", corpus.variants(count // 4), "10 s"),
        (f"{count // 10} of shared sentences, shuffled", corpus.shuffled(count // 10), "counted"),
    )
    rows = []
    for title, texts, wanted in cases:
        path = folder / "hostile.txt"
        save_texts(path, texts)
        setting: Setting = {"workers": 2, "judged": 1}
        runs = [run("dedup", setting, path) for _ in range(options.repeats)]
        rows.append((title, *_hostile_row(min(runs, key=lambda each: each.seconds)), wanted))
    head = ("hostile input, 2 workers", "s", "kept", "compared", "each", "uncompared", "wanted")
    print(f"\n{table(head, rows)}")


def _hostile_row(measured: Measured) -> tuple[str, ...]:
    figures = measured.figures
    return (
        f"{measured.seconds:.2f}",
        f"{int(measured.kept.sum())}",
        f"{figures['compared']}",
        f"{figures['compared'] / len(measured.kept):.1f}",
        f"{figures['uncompared']}",
    )


# -- start


def startup(options: Options, folder: Path) -> None:
    """Time the import, and ``dedup find`` of one page, each in a new process."""
    bare = _process_time(["-c", "pass"], options.repeats, folder)
    rows = []
    imported = _process_time(["-c", "import dedup"], options.repeats, folder) - bare
    rows.append(("import dedup", f"{imported:.3f} s", "0.05 s or less"))
    if find_spec("dedup.cli") is not None:
        page = folder / "page.txt"
        lines = corpus.paragraphs(20, options.seed, exact=0, edited=0).texts
        page.write_text("\n".join((*lines, *lines[2:])) + "\n", encoding="utf-8")
        command = ["-c", "from dedup.cli import main; main()", "find", str(page)]
        found = _process_time(command, options.repeats, folder)
        rows.append(("dedup find PAGE, the whole process", f"{found:.3f} s", "0.25 s or less"))
    rows.append(("python itself, for comparison", f"{bare:.3f} s", ""))
    print(f"\n{table(('start', 'measured', 'wanted'), rows)}")


def _process_time(arguments: list[str], repeats: int, folder: Path) -> float:
    """Seconds that the interpreter takes with these arguments, the least of some runs.

    A first run, which doesn't count, compiles the modules into the folder, as installing does.
    """
    root = Path(__file__).resolve().parent.parent
    environment = as_installed(folder / "compiled")
    command, times = [sys.executable, *arguments], []
    subprocess.run(command, cwd=root, env=environment, capture_output=True)
    for _ in range(repeats):
        begin = time.perf_counter()
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True)
        times.append(time.perf_counter() - begin)
        if done.stderr and done.returncode:
            raise RuntimeError(done.stderr.decode(errors="replace"))
    return min(times)


if __name__ == "__main__":
    main()
