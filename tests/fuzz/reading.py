"""Targets that read: every container however damaged, every markup whatever it is given.

Promises: documented errors alone; the same answer twice; places inside the text, in order, that
slice back; what is cut out of a text can be put back.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import strategies as st

import dedup
from dedup.cuts import apply, plan
from dedup.dump.removal import Going, put_back, removals
from dedup.errors import DedupError
from dedup.readers import ReadOptions, documents, markup_of_document
from dedup.segment import comments, is_plain, markups, segmenter
from tests.fuzz.case import Case
from tests.fuzz.mutation import mutated
from tests.fuzz.seeds import MARKED, containers
from tests.fuzz.target import Drawn, Target, refusal
from tests.support.containers import PACKS, SUFFIX, unpacked
from tests.support.segment_laws import soup

_CONTAINERS = ("auto", "auto", "auto", "auto", "text", "html", "jsonl", "parquet", "warc")


def damaged(random: Random, name: str) -> tuple[str, bytes]:
    """Damage a file of a name outside or, of a packed one, inside."""
    every = containers()
    content = every[name]
    packing = next((each for each, end in SUFFIX.items() if end and name.endswith(end)), "")
    if packing and random.random() < 0.6:
        inside = mutated(random, unpacked(content, packing), [*every.values()])
        return f"damaged inside {packing}", PACKS[packing](inside)
    return "damaged", mutated(random, content, [*every.values()])


def _draw_file(random: Random, _: Drawn) -> Case:
    name = random.choice([*containers()])
    _, content = damaged(random, name)
    if random.random() < 0.05:
        name = random.choice([*containers()])  # of another suffix
    options: dict[str, Any] = {"name": name, "container": random.choice(_CONTAINERS)}
    if random.random() < 0.3:
        options["pages"] = random.choice(("text", "main", "source"))
    if random.random() < 0.2:
        options["errors"] = random.choice(("replace", "surrogateescape", "ignore"))
    if random.random() < 0.1:
        options["encoding"] = random.choice(("latin-1", "utf-16", "cp1252", "shift_jis"))
    if random.random() < 0.1:
        options["max_bytes"] = random.choice((1, 100, 1000))
    if random.random() < 0.1:
        options["strict"] = True
    return Case("readers", content, options)


def _read_file(case: Case, folder: Path) -> Iterator[str]:
    options = dict(case.options)
    path = folder / options.pop("name")
    path.write_bytes(case.payload)
    if options["container"] == "auto":
        yield path.name.rpartition(".")[2]
    try:
        ReadOptions(**options)
        first = list(documents(path, **options))
    except DedupError as error:
        yield refusal(error)
        return
    assert first == list(documents(path, **options)), "it reads otherwise the second time"
    for each in first:
        if isinstance(each, dedup.Skipped):
            assert each.reason
            yield type(each).__name__
        else:
            assert isinstance(each.text, str)
            yield "a document"
            check_places(each.text, segmenter(markup_of_document(each, "auto"))(each))


def check_places(text: str, found: list[dedup.Paragraph]) -> None:
    """Paragraphs are ordered, apart, inside the text, and slice back; lines grow with them."""
    end = last = 0
    for each in found:
        assert end <= each.start < each.end <= len(text), "a place outside the text, or twice"
        assert text[each.start : each.end] == each.text, "a place that doesn't slice back"
        assert max(1, last) <= each.first <= each.last, "lines that don't grow"
        end, last = each.end, each.first


_MARKS = (
    "> - * 1. # ``` ~~~ ` ** _ [ ]( ) [a]: [^a]: <div> </div> <!-- --> <b> <A { } {{< >}} {% %} $$ "
    "::: :a: !!! === --- +++ | |-| : import \\ &amp; {/* */} .. :: a) `` :a:` <a> __ [1]_ ~~~~ +-+ "
    ">>> -f --all note:: == a:: [a] [source] [[ ]] .a + // //// ---- .... |=== ==== **** ____ ''' "
    "<<< a::b[] NOTE: << (( {a} <p> </p> <li> <br> <pre> <script> </script> <td> <!x> <?x?> </ < & "
    "&#1; <svg> ' \" = {%"
)
_LONGER = (
    "\n\n.. a:: b\n   :c: d\n", "\n\n1. :a: b::\n\n", "\n\n* One\n\n  two", "\n\n| a |\n|---|\n",
    "\n\n* One\n+\ntwo\n", "---\na: b\n---\n", "\u2028", "\u2029",
    "\x85", "\x0b", "\x0c", "\ufeff", "\ud800",
    "e\u0301", "\u0301" * 40, "日本語。", "สวัสดี",
)  # fmt: skip


def _draw_text(random: Random, texts: Drawn) -> Case:
    markup = random.choice(markups.names())
    if random.random() < 0.5:
        payload = str(random.choice(texts)).encode("utf-8", "surrogatepass")
    else:
        payload = MARKED[random.choice([markup, markup, *MARKED])].encode()
        payload = mutated(random, payload, [each.encode() for each in MARKED.values()])
    options = {"markup": markup, "kept": random.getrandbits(30), "headings": random.random() < 0.3}
    return Case("segmenters", payload, options)


def _segment(case: Case, _: Path) -> Iterator[str]:
    text, markup = case.text, case.options["markup"]
    yield markup
    check_places(text, dedup.paragraphs(text, markup, headings=case.options["headings"]))
    found = dedup.paragraphs(text, markup)
    behind = 0
    for each in comments(text, markup):
        assert behind <= each.start < each.end <= len(text), "a comment out of place"
        behind = each.end
        yield "a comment"
    kept = [bool(case.options["kept"] >> (k % 30) & 1) for k in range(len(found))]
    cuts, left = plan(text, found, kept, markup)
    place: dict[str, str | int | None] = {"source": "", "record": None, "first": 1, "last": 1}
    going = [
        Going(k, 1.0, "exact", place) for k, keeps in enumerate(kept) if not keeps and k not in left
    ]
    gone = removals(text, found, going, cuts, 0)
    cleaned = apply(text, cuts)
    assert put_back(cleaned, gone) == text, "what was cut out doesn't give the text back"
    if not is_plain(markup):
        stays = [each.prose for k, each in enumerate(found) if kept[k] or k in left]
        assert [each.prose for each in dedup.paragraphs(cleaned, markup)] == stays, (
            "a kept one changed"
        )
    yield from (("cut",) if cuts else ())
    yield from (("left in",) if left else ())
    yield from (("instead",) if any(each.instead for each in cuts) else ())


READERS = Target(
    "readers", _draw_file, _read_file,
    ("a document", "Skipped", "Damaged", "refused: InputError", "gz", "zst", "lz4", "warc", "wet",
     "jsonl", "parquet", "html", "txt", "md"),
    pace=400,
)  # fmt: skip
SEGMENTERS = Target(
    "segmenters", _draw_text, _segment,
    (*markups.names(), "a comment", "cut", "instead", "left in"),
    strategy=st.one_of(soup(_MARKS, *_LONGER), soup("> - *", *_LONGER)),
    pace=800,
)  # fmt: skip
