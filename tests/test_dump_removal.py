"""Whatever is cut out of a text is put back; the record holds what it takes, in every form."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.cutting import apply, plan
from dedup.dump import record
from dedup.dump.removal import Going, Removal, put_back, removal_of, removals
from dedup.errors import InputError
from dedup.paragraph import Document
from dedup.segment import segmenter

PLACE: dict[str, str | int | None] = {"source": "k", "record": None, "first": 1, "last": 2}

#: Pieces of text, of plain text and of markup, line ends among them.
PIECES = st.lists(
    st.sampled_from(
        ["One two three.", "Four five.", "* item", "  more of it", "> quoted", "# Title", "   x",
         "    code", "", "", "\ufeff", "é\u2028x", "1. one", "   ", "```", "\ud800", "| a | b |"]
    ),
    max_size=14,
)  # fmt: skip


@given(
    PIECES, st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from(["auto", "lines", "blank",
    "markdown", "rst", "asciidoc", "html"]), st.integers(0, 2**14),
)  # fmt: skip
@settings(max_examples=400, deadline=None)
def test_what_goes_comes_back(pieces: list[str], end: str, markup: str, chosen: int) -> None:
    text = end.join(pieces)
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


REMOVAL = Removal("s", "r", 1, 2, 0, 1, 5, 9, 0.9, "near", PLACE, "text", "\n", "\r\n", "<!-- -->")


@pytest.mark.parametrize("form", record.SUFFIXES)
def test_a_record_is_read_as_it_was_written(tmp_path: Path, form: str) -> None:
    rows = [REMOVAL, REMOVAL._replace(entry=7, raw=b'{"a": "\xff"}\n', dropped=True)]
    part = str(tmp_path / "part.jsonl.gz")
    record.write_lines(part, (each.line() for each in rows))
    target = str(tmp_path / f"record{form}")
    record.join([part, part], target)
    assert list(record.read(target)) == rows * 2


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


def test_a_record_that_was_cut_short_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl.gz"
    record.write_lines(str(path), [REMOVAL.line()] * 50)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(InputError, match=r"x\.jsonl\.gz"):
        list(record.read(str(path)))
