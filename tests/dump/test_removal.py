"""Whatever is cut out of a text is put back; the record holds what it takes, in every form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.cuts import Cut, apply, plan
from dedup.dump import record
from dedup.dump.removal import Going, Removal, put_back, removal_of, removals
from dedup.errors import InputError
from dedup.paragraph import Document, Paragraph
from dedup.segment import segmenter
from tests.support.census import Census
from tests.support.segment_laws import shuffled

PLACE: dict[str, str | int | None] = {"source": "k", "record": None, "first": 1, "last": 2}

#: Pieces of text, of plain text and of markup, line ends among them.
PIECES = (
    "One two three.", "Four five.", "* item", "  more of it", "> quoted", "# Title", "   x",
    "    code", "", "", "\ufeff", "é\u2028x", "1. one", "   ", "```", "\ud800", "| a | b |",
    "<p>One.</p>", "<li>One\n</li>\n", "<div><p>One</p><p>two</p>",
    # Marks that hold more than their paragraph: they stay when only the paragraph goes.
    "* item\n\n  and more", ".. note:: one\n\n   more", "* item\n+\nmore",
)  # fmt: skip

MARKUPS = ("auto", "lines", "blank", "markdown", "mdx", "rst", "asciidoc", "html")


@pytest.mark.parametrize("markup", MARKUPS)
def test_what_goes_comes_back(markup: str) -> None:
    holding = markup in ("markdown", "mdx", "rst", "asciidoc")
    met = Census(["before", "after", *(["instead"] if holding else [])])

    @given(
        st.lists(st.sampled_from(PIECES), max_size=14) | shuffled(PIECES, 14),
        st.sampled_from(["\n", "\r\n", "\r"]),
        st.integers(0, 2**14),
    )
    @settings(max_examples=250, deadline=None)
    def law(pieces: list[str], end: str, chosen: int) -> None:
        text = end.join(pieces).replace("\n", end)
        paragraphs = segmenter(markup)(Document(text, "s"))
        gone = [k for k in range(len(paragraphs)) if chosen >> k & 1]
        kept = [k not in gone for k in range(len(paragraphs))]
        cuts, left = plan(text, paragraphs, kept, markup)
        going = [Going(k, 1.0, "exact", PLACE) for k in gone if k not in left]
        found = removals(text, paragraphs, going, cuts, 3)
        assert [each.paragraph for each in found] == [each.paragraph for each in going]
        assert all(text[each.start : each.end] == each.text for each in found)
        cleaned = apply(text, cuts)
        assert put_back(cleaned, found) == text
        again = [removal_of(dict(each.fields), "r", 1) for each in found]
        assert again == found
        met.meet(name for name in met.counts if any(getattr(each, name) for each in found))

    law()
    met.require(1)


INSTEAD = {
    "the mark of an item": ("markdown", "* One two.\n\n  Three.\n", "* <!-- -->\n\n  Three.\n"),
    "two marks": (
        "markdown", "1. One.\n\n   Two.\n2. Three.\n\n   Four.\n",
        "1. <!-- -->\n\n   Two.\n2. <!-- -->\n\n   Four.\n",
    ),
    "a comment of MDX": ("mdx", "- One.\n\n  Two.\n", "- {/* */}\n\n  Two.\n"),
    "a directive": ("rst", ".. note:: One.\n\n   Two.\n", ".. note:: ..\n\n   Two.\n"),
    "an item of AsciiDoc": ("asciidoc", "* One.\n+\nTwo.\n", "* {empty}\n+\nTwo.\n"),
}  # fmt: skip


@pytest.mark.parametrize(("markup", "text", "cleaned"), INSTEAD.values(), ids=INSTEAD)
def test_what_stands_instead_of_words_goes_when_they_come_back(
    markup: str, text: str, cleaned: str
) -> None:
    paragraphs = segmenter(markup)(Document(text, "s"))
    kept = [k % 2 == 1 for k in range(len(paragraphs))]
    cuts, left = plan(text, paragraphs, kept, markup)
    going = [Going(k, 1.0, "exact", PLACE) for k, keeps in enumerate(kept) if not keeps]
    found = removals(text, paragraphs, going, cuts, 0)
    assert left == []
    assert all(each.instead for each in found)
    assert apply(text, cuts) == cleaned
    assert put_back(cleaned, found) == text
    with pytest.raises(InputError, match="is not the one that the record of removals speaks of"):
        put_back(cleaned.replace(found[0].instead, "x" * len(found[0].instead)), found)


def test_cuts_may_touch() -> None:
    text = "One.Two. Three.Four."
    spans = [(0, 4), (4, 8), (9, 15), (15, 20)]
    paragraphs = [Paragraph(text[a:b], "s", None, 1, 1, a, b) for a, b in spans]
    cuts = [Cut(0, 4, "1"), Cut(4, 9, "2"), Cut(9, 20)]
    going = [Going(k, 1.0, "exact", PLACE) for k in range(4)]
    found = removals(text, paragraphs, going, cuts, 0)
    assert [(each.before, each.after, each.instead) for each in found] == [
        ("", "", "1"), ("", " ", "2"), ("", "", ""), ("", "", "")
    ]  # fmt: skip
    assert apply(text, cuts) == "12"
    assert put_back("12", found) == text


@pytest.mark.parametrize(
    ("similarity", "written"),
    [(8 / 9, 0.8889), (2 / 3, 0.6667), (1.0, 1.0), (0.80004, 0.8), (0.99999, 0.9999)],
)
def test_a_similarity_is_written_with_four_digits(similarity: float, written: float) -> None:
    text = "One two three."
    paragraphs = segmenter("lines")(Document(text, "s"))
    (found,) = removals(text, paragraphs, [Going(0, similarity, "near", PLACE)], None, 0)
    assert json.loads(found.line())["similarity"] == written


REMOVAL = Removal("s", "r", 1, 2, 0, 1, 5, 9, 0.9, "near", PLACE, "text", "\n", "\r\n", "<!-- -->")


@pytest.mark.parametrize("form", record.SUFFIXES)
def test_a_record_is_read_as_it_was_written(tmp_path: Path, form: str) -> None:
    rows = [REMOVAL, REMOVAL._replace(at=7, size=5, raw=b'{"a": "\xff"}\n', dropped=True)]
    part = str(tmp_path / "part.jsonl.gz")
    record.write_lines(part, (each.line() for each in rows))
    target = str(tmp_path / f"record{form}")
    record.join([part, part], target)
    assert list(record.read(target)) == rows * 2


def test_a_row_of_parquet_that_is_no_removal_is_named_by_its_number(tmp_path: Path) -> None:
    part = str(tmp_path / "part.jsonl.gz")
    record.write_lines(part, [REMOVAL.line()] * 3)
    target = str(tmp_path / "record.parquet")
    record.join([part], target)
    table = pq.read_table(target)
    kinds = pa.array(["near", "near", "no such kind"])
    pq.write_table(table.set_column(table.column_names.index("kind"), "kind", kinds), target)
    with pytest.raises(InputError, match=r"record\.parquet:3: it is no removal"):
        list(record.read(target))


def test_half_a_pair_is_no_text_for_parquet(tmp_path: Path) -> None:
    part = str(tmp_path / "part.jsonl.gz")
    lone = Removal("s", "r", 1, 2, 0, 1, 5, 9, 0.9, "near", PLACE, "\ud800")
    record.write_lines(part, [lone.line()])
    assert list(record.read(part)) == [lone]
    with pytest.raises(InputError, match=r"half of a surrogate pair.*let the name"):
        record.join([part], str(tmp_path / "record.parquet"))


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"oops\n", r"x\.jsonl:1: it is no JSON"), (b"[1]\n", "it is no object"),
     (b'{"source": 1}\n', r"x\.jsonl:1: it is no removal"), (b"\xff\n", "it is no JSON")],
)  # fmt: skip
def test_what_is_no_record_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        list(record.read(str(path)))


WRONG: dict[str, tuple[str, Any]] = {
    **{f"{name} as text": (name, "1") for name in REMOVAL._fields[2:8]},
    **{f"{name} as a fraction": (name, 1.5) for name in REMOVAL._fields[2:8]},
    **{f"no {name}": (name, None) for name in REMOVAL._fields[2:8]},
    "a number as text": ("text", 5),
    "no text": ("text", None),
    "a list as text": ("text", ["a"]),
    "a number as raw bytes": ("raw", 5),
}


@pytest.mark.parametrize(("name", "value"), WRONG.values(), ids=WRONG)
def test_a_field_of_another_type_is_refused(tmp_path: Path, name: str, value: Any) -> None:
    path = tmp_path / "x.jsonl"
    good = json.loads(REMOVAL.line())
    path.write_text("\n".join([json.dumps(good), json.dumps({**good, name: value})]), "utf-8")
    with pytest.raises(InputError, match=r"x\.jsonl:2: it is no removal"):
        list(record.read(str(path)))


def test_a_record_that_was_cut_short_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl.gz"
    record.write_lines(str(path), [REMOVAL.line()] * 50)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(InputError, match=r"x\.jsonl\.gz"):
        list(record.read(str(path)))
