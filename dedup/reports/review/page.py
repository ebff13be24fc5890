"""Makes one file of HTML of the contents of a review page.

Knows: which findings a page holds if there are too many, escapes, the security policy. Does not
know: how findings come about, how the page draws them (``page.js``).

The page opens from disk and loads nothing: its policy allows only its own style and script, by
their hashes. All texts are data in one element of JSON, each stored once and escaped so that it
can't end the element. The script writes them into the document as text.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from importlib.resources import files
from itertools import islice
from string import Template
from typing import Any, NamedTuple

import numpy as np

from dedup import __version__
from dedup.core.similarity import rounded
from dedup.core.variants import Judgement, judgements
from dedup.explanation import MOST_SHOWN, Stretch, stretches_of
from dedup.found import Kind
from dedup.paragraph import Paragraph, text_of
from dedup.reports.escapes import UNSEEN, visible, visible_json
from dedup.reports.review.contents import Baseline, Pair, ReviewContents, ReviewFinding
from dedup.reports.wording import common_end, shorten

#: The most findings that a page holds, and its most bytes.
MOST_FINDINGS, MOST_BYTES = 10_000, 20_000_000

#: The version of the form of the data, which ``page.js`` checks.
VERSION = 1

#: The most bytes of a page besides its findings.
_FRAME = 100_000

#: The number of findings whose words are compared in one call.
_BATCH = 500

#: The most differences of a pair that are listed, and the characters shown of either side.
_MOST_REASONS, _MOST_WORDS = 12, 60

#: The number of findings that do not fit, after which no more are tried.
_MISFITS = 1_000

_DIGITS = 4

#: What a pair is in the data: kept place and text, place and text of the copy, and so on.
Row = list[object]


def page(contents: ReviewContents) -> Iterator[str]:
    """Write a page, line by line. Cost: 0.2 ms a pair, and memory for the whole page."""
    script, style = _part("page.js"), _part("page.css")
    filled = Template(_part("page.html")).substitute(
        policy=_policy(script, style),
        title=escape(visible(f"{contents.heading} - dedup")),
        version=escape(__version__),
        style=style,
        script=script,
        data="\n".join(_written(contents)),
    )
    yield from filled.rstrip("\n").split("\n")


def _part(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _policy(script: str, style: str) -> str:
    """Write a policy that allows this script and this style, and nothing else."""
    allowed = [
        f"{name}-src '{_hash(text)}'" for name, text in (("script", script), ("style", style))
    ]
    return "; ".join(
        [
            "default-src 'none'", *allowed, "base-uri 'none'", "form-action 'none'",
            "require-trusted-types-for 'script'", "trusted-types 'none'",
        ]
    )  # fmt: skip


def _hash(text: str) -> str:
    """Give the hash of the content of an element, which is a text between two line ends."""
    digest = hashlib.sha256(b"\n" + text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _written(contents: ReviewContents) -> Iterator[str]:
    """Write the data, one finding on each line."""
    tables = _Tables()
    held = [*_held(contents, tables)]
    counts = dict.fromkeys(contents.sorts, 0)
    lines = []
    for finding, line in held:
        counts[finding.sort] += 1
        lines.append(line)
    sorts = [
        [name, each.heading, each.what, each.number, each.number - counts[name]]
        for name, each in contents.sorts.items()
    ]
    head = {
        "version": VERSION, "heading": contents.heading, "sums": [*contents.sums], "sorts": sorts,
        "unseen": UNSEEN, "plan": contents.plan and contents.plan._asdict(),
        "baseline": contents.baseline and _baseline(contents.baseline),
    }  # fmt: skip
    yield f'{{"head": {dump(head)},'
    for name, table in tables.all().items():
        yield f'"{name}": {dump(table)},'
    yield '"findings": ['
    yield ",\n".join(lines)
    yield "]}"


def _baseline(baseline: Baseline) -> dict[str, object]:
    return {**baseline._asdict(), "entries": [[*each] for each in baseline.entries]}


def dump(value: object) -> str:
    """Write JSON that contains no markup, so that nothing in it ends the element it stands in."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return visible_json(written).replace("<", "\\u003c")


class _Tables:
    """Values that findings have in common. Each is stored once, and findings name its number."""

    def __init__(self) -> None:
        self._sources: dict[str, int] = {}
        self._places: dict[tuple[int, str | None, int, int], int] = {}
        self._texts: dict[str, int] = {}
        self._rules: dict[str, int] = {}

    def all(self) -> dict[str, list[object]]:
        """Give the tables by their names."""
        return {
            "sources": [*self._sources], "places": [[*each] for each in self._places],
            "texts": [*self._texts], "rules": [*self._rules],
        }  # fmt: skip

    def size_of(self, texts: Iterable[str]) -> int:
        """Give the least number of characters that texts would add."""
        return sum(len(each) for each in {*texts} if each not in self._texts)

    def mark(self) -> list[int]:
        """Mark the current end of the tables."""
        return [len(each) for each in self._every()]

    def added(self, mark: Sequence[int]) -> int:
        """Give the bytes of what was added since a mark."""
        sizes = zip(self._every(), mark, strict=True)
        new = (each for table, size in sizes for each in islice(reversed(table), len(table) - size))
        return sum(len(dump(each).encode()) + 1 for each in new)

    def take_back(self, mark: Sequence[int]) -> None:
        """Forget what was added since a mark."""
        for table, size in zip(self._every(), mark, strict=True):
            while len(table) > size:
                table.popitem()

    def _every(self) -> tuple[dict[Any, int], ...]:
        return self._sources, self._places, self._texts, self._rules

    def place(self, source: str, record: str | None, first: int, last: int) -> int:
        """Give the number of a place."""
        place = (self._number(self._sources, source), record, first, last)
        return self._places.setdefault(place, len(self._places))

    def text(self, text: str) -> int:
        """Give the number of a text."""
        return self._number(self._texts, text)

    def rule(self, rule: str) -> int:
        """Give the number of the reading of a difference."""
        return self._number(self._rules, rule)

    @staticmethod
    def _number(table: dict[str, int], value: str) -> int:
        return table.setdefault(value, len(table))


def _held(contents: ReviewContents, tables: _Tables) -> Iterator[tuple[ReviewFinding, str]]:
    """Choose the findings that fit into the page, and write each."""
    given = [contents.plan, contents.baseline and _baseline(contents.baseline), [*contents.sums]]
    room = MOST_BYTES - _FRAME - len(dump(given).encode())
    number = too_large = 0
    every = iter(contents.findings)
    while too_large < _MISFITS and (some := [*islice(every, min(_BATCH, MOST_FINDINGS - number))]):
        likely = [each for each in some if tables.size_of(_texts(each)) <= room]
        too_large += len(some) - len(likely)
        compared = _compared([pair for each in likely for pair in each.pairs], contents)
        for finding in likely:
            mark = tables.mark()
            line = dump(_finding(finding, tables, compared))
            size = len(line.encode()) + len(",\n") + tables.added(mark)
            if size > room:
                tables.take_back(mark)
                too_large += 1
                continue
            room -= size
            number += 1
            yield finding, line


def _texts(finding: ReviewFinding) -> Iterator[str]:
    """Give the texts of a finding: those that are shown, and those of the lines of a plan."""
    for pair in finding.pairs:
        if pair.kept is not None:
            yield text_of(pair.kept)
        yield text_of(pair.copy)
        if pair.removal is not None:
            yield pair.removal.text


def _rest(pair: Pair) -> dict[str, object]:
    """Give the fields of a line of a plan that not every line has."""
    assert pair.removal
    usual = (*pair.copy.place, *_OF_REMOVALS, "similarity", "kind", "kept", "text")
    return {name: each for name, each in pair.removal.fields.items() if name not in usual}


_OF_REMOVALS = ("document", "paragraph", "start", "end")


class _Compared(NamedTuple):
    """What differs in a pair; None if it is too long to be shown."""

    stretches: tuple[Stretch, ...] | None
    judgement: Judgement | None


def _compared(pairs: Sequence[Pair], contents: ReviewContents) -> Iterator[_Compared]:
    """Compare the words of those pairs that differ."""
    texts: dict[str, int] = {}
    left: list[int] = []
    right: list[int] = []
    judged: list[bool] = []
    for pair in pairs:
        if not _differs(pair):
            continue
        assert pair.kept
        for side, text in ((left, text_of(pair.kept)), (right, text_of(pair.copy))):
            side.append(texts.setdefault(text, len(texts)))
        judged.append(pair.kind in (Kind.NEAR, Kind.VARIANT) and _is_short(pair))
    every = [*texts]
    ours, theirs = np.array(left, dtype=np.int64), np.array(right, dtype=np.int64)
    some = np.flatnonzero(np.array(judged, dtype=bool))
    reasons = judgements(every, ours[some], theirs[some], contents.tokens, contents.variants_at)
    for stretches, judge in zip(stretches_of(every, ours, theirs), judged, strict=True):
        yield _Compared(stretches, next(reasons) if judge else None)


def _differs(pair: Pair) -> bool:
    """Say whether a pair may have words to mark."""
    if pair.kept is None or pair.kind == Kind.EXACT:
        return False
    return text_of(pair.kept) != text_of(pair.copy)


def _is_short(pair: Pair) -> bool:
    assert pair.kept
    return len(text_of(pair.kept)) + len(text_of(pair.copy)) <= MOST_SHOWN


def _finding(finding: ReviewFinding, tables: _Tables, compared: Iterator[_Compared]) -> Row:
    pairs = [
        _pair(pair, tables, next(compared) if _differs(pair) else None) for pair in finding.pairs
    ]
    return [
        finding.sort, finding.place, finding.title, finding.words, finding.more, finding.level,
        finding.note, pairs, [[*each] for each in finding.accepts],
    ]  # fmt: skip


def _pair(pair: Pair, tables: _Tables, compared: _Compared | None) -> Row:
    kept, copy, removal = pair.kept, pair.copy, pair.removal
    kind = pair.kind.name.lower() if isinstance(pair.kind, Kind) else pair.kind
    row: Row = [
        _place(tables, kept) if kept else _kept_place(pair, tables),
        tables.text(text_of(kept)) if kept else -1,
        _place(tables, copy), tables.text(text_of(copy)), rounded(pair.similarity, _DIGITS), kind,
        0, 0, 0,
    ]  # fmt: skip
    if compared is not None:
        row[6] = None if compared.stretches is None else lengths_of(compared.stretches)
        row[7] = _judged(compared.judgement, tables) if compared.judgement else 0
    if removal is not None:
        named = (getattr(removal, name) for name in _OF_REMOVALS)
        row[8] = [pair.line, *named, tables.text(removal.text), _rest(pair)]
    return row


def _place(tables: _Tables, paragraph: Paragraph) -> int:
    return tables.place(paragraph.source, paragraph.record, paragraph.first, paragraph.last)


def _kept_place(pair: Pair, tables: _Tables) -> int:
    """Give the number of the kept place that a plan names; -1 if it names none."""
    if pair.removal is None or pair.removal.kept is None:
        return -1
    return tables.place(**pair.removal.kept)  # type: ignore[arg-type]


def lengths_of(stretches: Sequence[Stretch]) -> list[int]:
    """Write down where two texts differ: the lengths of what they have in common, and of what not.

    Four numbers a difference, of the old text and the new one: in common, then differing; last what
    is in common behind all. In code units of UTF-16, as JavaScript counts.
    """
    found = [0, 0]
    for each in stretches:
        old = new = ""
        if each.op != "same":
            end = common_end(each.old, each.new)
            old, new = (text.removesuffix(end).rstrip() for text in (each.old, each.new))
            found += [_units(old), _units(new), 0, 0]
        found[-2] += _units(each.old) - _units(old)
        found[-1] += _units(each.new) - _units(new)
    return found


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _judged(judgement: Judgement, tables: _Tables) -> Row:
    """Write down how a pair was judged: the probability of a variant, and what speaks for what."""
    listed = [
        [each.weight, shorten(each.before, _MOST_WORDS), shorten(each.after, _MOST_WORDS),
         tables.rule(each.rule)]
        for each in judgement.differences[:_MOST_REASONS]
    ]  # fmt: skip
    whole = [[weight, tables.rule(what)] for what, weight in judgement.whole]
    more = max(0, len(judgement.differences) - _MOST_REASONS)
    return [rounded(judgement.probability, 2), listed, more, whole]
