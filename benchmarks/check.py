"""``python -m benchmarks.check``: ``dedup check`` beside jscpd, on a made site and on a real one.

Knows: what is compared, how findings are marked, which targets there are. Does not know: how pages
are made (``site``), how a checker is run and its report read (``checkers``).

The made site has 1,000 documents of some 5 MB in a git repository, with planted copies of each
kind; a seed decides them. Both programs check it in new processes, with the files in the disk
cache, by turns and several times; the best time of each counts. A planted copy is found if findings
that link it to its original, or to another copy of it, cover at least half of it.

The real site is ``content_hugo_rust`` of the labelled sets: 1,105 files, with every block of 100
characters or more that stands twice. A group of these is found if findings link all its places.

``--repos FOLDER --before CHECKOUT`` instead checks each repository in a folder, with this version
of dedup and with the one in CHECKOUT (see ``repositories``).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import compress
from pathlib import Path
from typing import NamedTuple

import dedup
from benchmarks import checkers, repositories, site
from benchmarks.checkers import Checker, Finding, Place, Run, Texts
from benchmarks.measure import machine, table
from benchmarks.sets import DEV

_PACKAGES = ("dedup-paragraphs", "numpy", "rapidfuzz")
_REAL = DEV / "content_hugo_rust"

#: A place is found where so much of it is covered by findings that link it.
_COVERED = 0.5

#: Blocks that a finding of nothing planted rarely begins in.
_OTHERS = (site.HEADING, site.LINKS, site.LIST, site.NOTE, site.FRAME)

#: Words from which on ``dedup check`` compares a paragraph; a file that may be repeated, to it.
_LEAST_WORDS, _FREE = 20, "LICENSE.md"

#: What should be reached: seconds by the clock; times the time of jscpd.
_SECONDS, _TIMES = 2.0, 3.0

#: Sorts that need not be found: dedup calls such copies variants, which are off unless selected.
_VARIANTS = (site.REPLACED,)

DEDUP, MORE = "dedup check", "dedup, all rules, 8 words"
PLAIN, SHORT, TUNED = "jscpd", "jscpd -l 1 -k 20", "jscpd, tuned"
#: The settings of jscpd that find most planted copies with few findings of nothing planted, of
#: twenty tried: marks, tags and link targets are left out, files are compared across markups. With
#: 12 tokens instead of 20 it finds 31 of 40 edited copies instead of 10, and 874 times nothing
#: instead of 246.
_TUNED = (
    "--min-lines", "0", "--min-tokens", "20", "--max-gap-lines", "4",
    "--formats-exts", "markdown:md,mdx", "--cross-formats", "markdown,rest,markup",
    "--ignore-pattern", r"[*_`>-]+,</?[a-z]+[^>]*>,<https?:[^>]*>_?,\[|\]|\([^)]*\)",
)  # fmt: skip
_ALL = ("repeated-paragraph", "similar-paragraph", "paragraph-variant")


#: Lays out a table, given its head and its rows.
Layout = Callable[[Sequence[str], Sequence[Sequence[str]]], str]


class Options(argparse.Namespace):
    """What was asked for."""

    files: int
    copies: int
    repeats: int
    seed: int
    real: Path
    repos: Path | None
    before: Path | None
    markdown: bool


class Marks(NamedTuple):
    """What a checker found of what was planted.

    found: copies by sort; exact: of those, at exactly their lines; findings: those that link places
    of one group; groups: that have any; other: findings that link none, by the kinds of blocks they
    begin in.
    """

    found: Counter[str]
    exact: Counter[str]
    findings: int
    groups: int
    other: Counter[str]


class Group(NamedTuple):
    """Places of the real site where the same block stands, and its kind."""

    kind: str
    places: list[Place]


class Target(NamedTuple):
    """A figure, what is wanted of it, and whether that is reached; None: not measured."""

    title: str
    measured: str
    wanted: str
    reached: bool | None


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is asked for and print its tables."""
    options = _options(arguments)
    layout = _markdown if options.markdown else table
    if options.repos:
        print(repositories.compare(options.repos, options.before, layout))
        return
    begin = time.perf_counter()
    program = checkers.jscpd_installed()
    version = f"jscpd {checkers.jscpd_version(program)}" if program else "jscpd is not installed"
    print(f"{machine(_PACKAGES)}, {version}{_load()}")
    contenders = _contenders(program)
    with tempfile.TemporaryDirectory() as folder:
        targets = [*on_made_site(options, contenders, Path(folder), layout)]
        targets += on_real_site(options, contenders, Path(folder), layout)
    rows = [(each.title, each.measured, each.wanted, _reached(each.reached)) for each in targets]
    print(f"\n{layout(('target', 'measured', 'wanted', ''), rows)}\n")
    print(f"{time.perf_counter() - begin:.0f} s")


def _options(arguments: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.check", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("--files", type=int, default=1_000, help="documents of the made site")
    add("--copies", type=int, default=40, help="planted copies of each sort")
    add("--repeats", type=int, default=5, help="runs of each program; the best counts")
    add("--seed", type=int, default=1)
    add("--real", type=Path, default=_REAL, help="folder of the real site")
    add("--repos", type=Path, help="a folder of repositories: a row for each, and nothing else")
    add("--before", type=Path, help="a checkout of dedup to compare with, for --repos")
    add("--markdown", action="store_true", help="print tables as benchmarks/README.md has them")
    return parser.parse_args(arguments, namespace=Options())


def _load() -> str:
    """Say how many processes want a processor, for beside others all take longer by the clock."""
    return f"; load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""


def _contenders(program: str | None) -> list[Checker]:
    every = [
        checkers.dedup(DEDUP),
        checkers.dedup(MORE, "--min-words=8", *(f"--select={rule}" for rule in _ALL)),
    ]
    if program:
        every += [
            checkers.jscpd(PLAIN, program),
            checkers.jscpd(SHORT, program, "--min-lines", "1", "--min-tokens", "20"),
            checkers.jscpd(TUNED, program, *_TUNED),
        ]
    return every


def _reached(reached: bool | None) -> str:
    return "not measured" if reached is None else "reached" if reached else "missed"


# -- the made site


def on_made_site(
    options: Options, contenders: list[Checker], folder: Path, layout: Layout
) -> Iterator[Target]:
    """Time the contenders on a made site, mark their findings, print both."""
    pages = site.make(options.files, options.seed, options.copies)
    tree = folder / "made"
    site.save(pages, tree)
    _commit(tree)
    size = sum(len(page.text) for page in pages)
    runs, findings = _run(contenders, tree, folder, options.repeats)
    marks = {title: mark(pages, each) for title, each in findings.items()}
    print(f"\n{len(pages):,} files, {size / 1e6:.1f} MB; best of {options.repeats} runs")
    print(f"\n{layout(_TIME, [_times(each, runs, findings) for each in runs])}")
    print(f"\n{layout(('planted copies', 'all', *marks), [*_found(pages, marks)])}")
    yield from _targets(pages, runs, marks)


def _commit(tree: Path) -> None:
    """Make a folder a git repository, as the documents of a project are; without git leave it."""
    if not shutil.which("git"):
        return
    person = ("-c", "user.name=Made", "-c", "user.email=made@example.org")
    for command in (("init", "-q"), ("add", "-A"), (*person, "commit", "-q", "-m", "Made")):
        subprocess.run(["git", *command], cwd=tree, check=True)


def _run(
    contenders: list[Checker], tree: Path, folder: Path, repeats: int
) -> tuple[dict[str, Run], dict[str, list[Finding]]]:
    """Run every contender once to read its findings, then all by turns: the best, the findings."""
    texts, best = Texts(tree), {}
    findings: dict[str, list[Finding]] = {}
    for each in contenders:
        best[each.title], written = checkers.run(each, tree, folder)
        findings[each.title] = each.read(texts, written, folder)
    for _ in range(repeats - 1):
        for each in contenders:
            took, _ = checkers.run(each, tree, folder)
            best[each.title] = best[each.title].least(took)
    return best, findings


_TIME = ("program", "seconds", "of processors", "MB", "findings")


def _times(title: str, runs: dict[str, Run], findings: dict[str, list[Finding]]) -> tuple[str, ...]:
    took = runs[title]
    return (
        title, f"{took.wall:.2f}", f"{took.busy:.2f}", f"{took.memory / 1e6:.0f}",
        f"{len(findings[title]):,}",
    )  # fmt: skip


class _Stand(NamedTuple):
    """A block and where it stands."""

    block: site.Block
    place: Place


def mark(pages: Sequence[site.Page], findings: Sequence[Finding]) -> Marks:
    """Hold findings against what was planted. Cost: some 20 us a place."""
    stands = _stands(pages)
    covered: dict[Place, list[Place]] = {}
    linked: Counter[int] = Counter()
    other: Counter[str] = Counter()
    for finding in findings:
        met = [_meeting(stands, place) for place in finding]
        groups = _groups(met)
        for each, place in zip(met, finding, strict=True):
            for stand in each:
                if stand.block.group in groups:
                    covered.setdefault(stand.place, []).append(place)
        linked.update(groups)
        if not groups:
            other[_kind(met, finding)] += 1
    found, exact = Counter[str](), Counter[str]()
    for stand in (each for page in stands.values() for each in page if each.block.sort):
        places = covered.get(stand.place, [])
        if places and _share(stand.place, places) >= _COVERED:
            found[stand.block.sort] += 1
            lines = (stand.place.first, stand.place.last)
            exact[stand.block.sort] += any((each.first, each.last) == lines for each in places)
    return Marks(found, exact, sum(linked.values()), len(linked), other)


def _stands(pages: Sequence[site.Page]) -> dict[str, list[_Stand]]:
    """List the blocks of each page with their places."""
    stands = {}
    for page in pages:
        starts = [0]
        for line in page.text.split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        stands[page.path] = [
            _Stand(each, Place(page.path, each.first, each.last, starts[each.first - 1],
                               starts[each.last] - 1))
            for each in page.blocks
        ]  # fmt: skip
    return stands


def _meeting(stands: dict[str, list[_Stand]], place: Place) -> list[_Stand]:
    """List the blocks that share characters with a place."""
    return [
        each
        for each in stands.get(place.path, [])
        if each.place.start < place.end and place.start < each.place.end
    ]


def _groups(met: Sequence[Sequence[_Stand]]) -> set[int]:
    """Say of which groups a finding links two places."""
    seen: dict[int, set[Place]] = {}
    for each in met:
        for stand in each:
            seen.setdefault(stand.block.group, set()).add(stand.place)
    return {group for group, places in seen.items() if group >= 0 and len(places) > 1}


def _share(whole: Place, places: Sequence[Place]) -> float:
    """Give the share of a place that others cover."""
    done, at = 0, whole.start
    for start, end in sorted((each.start, each.end) for each in places):
        begin, stop = max(start, at), min(end, whole.end)
        if stop > begin:
            done, at = done + stop - begin, stop
    return done / (whole.end - whole.start)


def _kind(met: Sequence[Sequence[_Stand]], finding: Finding) -> str:
    """Name the kind of block that most of a finding's first place stands in."""
    if not met[0]:
        return site.FRAME
    place = finding[0]
    shared = [
        min(place.end, each.place.end) - max(place.start, each.place.start) for each in met[0]
    ]
    return met[0][shared.index(max(shared))].block.kind


def _found(pages: Sequence[site.Page], marks: dict[str, Marks]) -> Iterator[tuple[str, ...]]:
    planted = Counter(each.sort for page in pages for each in page.blocks if each.sort)
    for sort in site.SORTS:
        yield (sort, str(planted[sort]), *(str(each.found[sort]) for each in marks.values()))
    yield ("all", str(planted.total()), *(str(each.found.total()) for each in marks.values()))
    exact = (_percent(each.exact.total(), each.found.total()) for each in marks.values())
    yield ("of these, at exactly their lines", "", *exact)
    yield ("findings a group", "", *(_ratio(each.findings, each.groups) for each in marks.values()))
    for kinds in ((site.PROSE,), (site.CODE,), (site.TABLE,), (site.FRONT,), _OTHERS):
        cells = (str(sum(each.other[kind] for kind in kinds)) for each in marks.values())
        yield (f"of nothing planted: {kinds[0] if len(kinds) == 1 else 'other'}", "", *cells)


def _ratio(part: int, whole: int) -> str:
    return f"{part / whole:.2f}" if whole else "-"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "-"


def _targets(
    pages: Sequence[site.Page], runs: dict[str, Run], marks: dict[str, Marks]
) -> Iterator[Target]:
    own, took = marks[DEDUP], runs[DEDUP]
    yield _under("seconds", took.wall, _SECONDS)
    for title in (PLAIN, TUNED):
        name = f"seconds, as multiple of {title}"
        if title in runs:
            yield _under(name, took.wall / runs[title].wall, _TIMES)
        else:
            yield Target(name, "-", f"at most {_TIMES:.0f}", None)
    every = [each for page in pages for each in page.blocks if each.sort]
    planted = sum(each.sort not in _VARIANTS for each in every)
    found = sum(own.found[sort] for sort in site.SORTS if sort not in _VARIANTS)
    yield Target("planted copies found", str(found), f"all {planted}", found == planted)
    exact = own.exact.total()
    yield Target("at exactly their lines", str(exact), f"all {own.found.total()}",
                 exact == own.found.total())  # fmt: skip
    yield Target("findings a group", _ratio(own.findings, own.groups), "1",
                 own.findings == own.groups)  # fmt: skip
    other = own.other.total()
    yield Target("findings of nothing planted", str(other), "0", other == 0)


def _under(title: str, measured: float, most: float) -> Target:
    return Target(title, f"{measured:.2f}", f"at most {most:.0f}", measured <= most)


# -- the real site


def on_real_site(
    options: Options, contenders: list[Checker], folder: Path, layout: Layout
) -> Iterator[Target]:
    """Run the contenders on the real site, print which groups each found."""
    listed = options.real / "exact_groups.jsonl"
    if not listed.exists():
        print(f"\nThe real site is left out: there is no {listed}")
        return
    tree = folder / "real"
    shutil.copytree(options.real / "tree", tree, copy_function=shutil.copyfile)
    _commit(tree)
    texts = Texts(tree)
    runs, findings = _run(contenders, tree, folder, options.repeats)
    groups = read_groups(texts, listed)
    read = [_is_read(texts, each) for each in groups]
    linked = {title: [*map(Links(each).of, groups)] for title, each in findings.items()}
    files = sum(1 for each in tree.rglob("*") if each.is_file() and ".git" not in each.parts)
    print(f"\nthe real site: {files:,} files; best of {options.repeats} runs")
    print(f"\n{layout(_TIME, [_times(each, runs, findings) for each in runs])}")
    head = ("exact groups found", "all", *linked)
    print(f"\n{layout(head, [*_kinds(groups, read, linked)])}")
    yield from _real_targets(runs, linked, read)


def read_groups(texts: Texts, listed: Path) -> list[Group]:
    """Read the groups of the set; a place ends where its text does."""
    groups = []
    for row in listed.read_text("utf-8").splitlines():
        each = json.loads(row)
        places = [_block(texts, place, each["text"]) for place in each["places"]]
        groups.append(Group(each["kind"], places))
    return groups


def _block(texts: Texts, place: str, text: str) -> Place:
    """Give the lines of a block from the first on, whose words are known."""
    path, _, line = place.rpartition(":")
    first, words = int(line), text.split()
    rows = texts.text(path).split("\n")
    last = first
    count = len(rows[first - 1].split())
    while count < len(words):
        count += len(rows[last].split())
        last += 1
    return texts.lines(path, first, last)


def _is_read(texts: Texts, group: Group) -> bool:
    """Say whether dedup takes a group's blocks for prose that is long enough, most of each."""
    return all(_is_prose(texts, each) and Path(each.path).name != _FREE for each in group.places)


def _is_prose(texts: Texts, place: Place) -> bool:
    paragraphs = dedup.paragraphs(texts.text(place.path), "markdown")
    shares = (
        _share(place, [Place(place.path, each.first, each.last, each.start, each.end)])
        for each in paragraphs
        if len(str(each.prose).split()) >= _LEAST_WORDS
    )
    return sum(shares) >= _COVERED


class Links:
    """Findings, to be asked which places of a group they link."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self._by_path: dict[str, list[tuple[int, Place]]] = {}
        for number, finding in enumerate(findings):
            for place in finding:
                self._by_path.setdefault(place.path, []).append((number, place))

    def of(self, group: Group) -> tuple[bool, int]:
        """Say whether findings link all places of a group, and how many link two at least."""
        met = [
            [
                (number, place)
                for number, place in self._by_path.get(each.path, [])
                if place.start < each.end and each.start < place.end
            ]
            for each in group.places
        ]
        times = Counter(number for each in met for number in {number for number, _ in each})
        linking = {number for number, count in times.items() if count > 1}
        found = all(
            _share(place, [other for number, other in each if number in linking]) >= _COVERED
            for place, each in zip(group.places, met, strict=True)
        )
        return found, len(linking)


def _kinds(
    groups: Sequence[Group], read: Sequence[bool], linked: dict[str, list[tuple[bool, int]]]
) -> Iterator[tuple[str, ...]]:
    """Count the groups found: those of prose, and all by the kind that the set calls them."""
    sorts = [("prose by dedup's rules", read)]
    for kind, _ in Counter(each.kind for each in groups).most_common():
        sorts.append((f"by the set: {kind}", [each.kind == kind for each in groups]))
    for title, chosen in sorts:
        found = (sum(one for one, _ in compress(each, chosen)) for each in linked.values())
        yield (title, str(sum(chosen)), *map(str, found))
    counts = ([count for found, count in compress(each, read) if found] for each in linked.values())
    yield ("findings a group of prose", "", *(_ratio(sum(each), len(each)) for each in counts))


def _real_targets(
    runs: dict[str, Run], linked: dict[str, list[tuple[bool, int]]], read: Sequence[bool]
) -> Iterator[Target]:
    for title in (PLAIN, TUNED):
        if title in runs:
            times = runs[DEDUP].wall / runs[title].wall
            yield _under(f"real site: seconds, as multiple of {title}", times, _TIMES)
    own = [*compress(linked[DEDUP], read)]
    found = sum(one for one, _ in own)
    yield Target("real site: groups of prose found", str(found), f"all {len(own)}",
                 found == len(own))  # fmt: skip
    findings = sum(count for _, count in own)
    yield Target("real site: findings a group", _ratio(findings, found), "1", findings == found)


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---", *["--:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


if __name__ == "__main__":
    main()
