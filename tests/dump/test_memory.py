"""A job holds its memory whatever comes in, and its answer doesn't depend on it."""

from __future__ import annotations

import errno
import gzip
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

import dedup
from benchmarks import watch
from dedup import cuts, readers, stages
from dedup.cli import main
from dedup.commands import clean
from dedup.core import fingerprint, tokens
from dedup.dump import clean_files, job, statistics
from dedup.dump.summary import Summary
from dedup.errors import InputError
from dedup.paragraph import Document, Paragraph, Skipped
from dedup.readers import ReadOptions, Shard
from dedup.readers.texts import long_texts
from dedup.segment import in_pieces, sections, segmenter
from dedup.segment.sections import Section
from tests.support.flat import make_request

_PIECES = ["a", "b c", "\n", "\n\n", "\r\n", "\r", " ", "a longer line of words", "\n \n", "\ufeff"]

_BLANK_LINE = re.compile(r"(?>\r\n|\r|\n) *(?:\r\n|\r|\n)")


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take what is usual for long, so that every path is taken."""
    monkeypatch.setattr(sections, "SECTION", 200)
    monkeypatch.setattr(long_texts, "LONG", 400)
    monkeypatch.setattr(long_texts, "CHUNK", 37)


@given(st.lists(st.sampled_from(_PIECES), max_size=60), st.data())
def test_sections_are_the_text_however_it_comes(parts: list[str], data: st.DataObject) -> None:
    text = "".join(parts)
    size = data.draw(st.integers(1, 20))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sections, "SECTION", 30)
        whole = list(sections.sections(Document(text, "s")))
        pieces = (text[at : at + size] for at in range(0, len(text), size))
        assert list(sections.read(pieces, "s")) == whole
        found = segmenter("lines")(Document(text, "s"))
    assert "".join(each.text for each in whole) == text
    assert [each.last for each in whole] == [False] * (len(whole) - 1) + [True]
    for each in whole[1:]:
        before = text[: each.start]
        assert before[-1:] in "\r\n"
        assert not (before.endswith("\r") and text[each.start] == "\n")
        assert each.line == sections.line_ends(before)
    assert all(text[each.start : each.end] == each.text for each in found)
    if "\ufeff" not in text[1:]:
        assert found == segmenter("lines")(Document(text, "s"))


@pytest.mark.parametrize("above", ["", "end", "end, twice", "word"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_section_ends_at_a_blank_line_whatever_ends_lines(
    short: None, end: str, above: str
) -> None:
    lines = [
        "a line that was wrapped",
        "and goes on in the next",
        "and in another one",
        "to its end.",
    ]
    block = end.join(lines)  # so long that lines of a third one are in reach
    text = {"": "", "end": end, "end, twice": end * 2, "word": f"{block}{end * 2}"}[above]
    text += (end * 2).join([block] * 40)
    assert {each.text for each in segmenter("blank")(Document(text))} == {block}


@given(
    st.lists(st.sampled_from([*_PIECES[:-1], "\n" + " " * 70, " " * 70 + "word"]), max_size=40),
    st.integers(1, 60),
)
@example(["a longer line of words " * 5, "\n\n", " " * 70 + "word"], 7)
def test_a_section_ends_behind_the_last_blank_lines_in_reach(parts: list[str], size: int) -> None:
    text = "".join(parts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sections, "SECTION", 150)
        found = list(sections.read((text[at : at + size] for at in range(0, len(text), size)), "s"))
    for each in found:
        shown = each.text.rstrip()
        assert len(shown) <= 150 or len(shown.splitlines()) == 1
        if not each.last:
            assert not _BLANK_LINE.search(each.text[:150]) or _BLANK_LINE.search(
                each.text, len(shown)
            )


@given(st.lists(st.sampled_from(_PIECES), max_size=60), st.integers(40, 150))
def test_lines_too_long_pass_through(parts: list[str], most: int) -> None:
    text = "".join(parts) + "x" * 200 + "\n" + "".join(reversed(parts))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sections, "SECTION", 30)
        pieces = (text[at : at + 7] for at in range(0, len(text), 7))
        found = list(sections.read(pieces, "s", None, most))
    assert "".join(each.text for each in found) == text
    assert any(each.unread for each in found)
    heads = [each for each in found if each.head]
    assert all(text[: each.start][-1:] in "\r\n" for each in heads)


@given(st.lists(st.sampled_from(_PIECES[:-1]), max_size=60), st.data())
def test_a_text_is_cut_alike_whole_and_in_sections(parts: list[str], data: st.DataObject) -> None:
    text = "".join(parts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sections, "SECTION", 30)
        paragraphs = segmenter("lines")(Document(text))
        kept = [data.draw(st.booleans()) for _ in paragraphs]
        whole, _ = cuts.without(text, paragraphs, kept, "lines")
        pieces: list[str] = []
        at = 0
        for each in sections.sections(Document(text)):
            own = segmenter("lines")(Document(each.text))
            planned, _ = cuts.plan(each.text, own, kept[at : at + len(own)], "lines", each.last)
            pieces.append(cuts.apply(each.text, planned))
            at += len(own)
    assert "".join(pieces) == whole


def test_pieces_are_the_paragraphs_of_the_whole(short: None) -> None:
    text = "".join(f"{_text(k)}\n{chr(10) * (k % 3 == 0)}" for k in range(60))
    for markup in ("auto", "lines", "blank", "markdown"):
        document = Document(text, "s")
        found = list(in_pieces(document, markup))
        assert [each for some in found for each in some] == segmenter(markup)(document)
        assert (len(found) > 1) == (markup != "markdown")
        assert all(text[each.start : each.end] == each.text for some in found for each in some)


def _text(number: int) -> str:
    number = number if number % 3 else number // 6
    return " ".join(f"w{(number * k) % 97}" for k in range(1, 12))


def _fill(folder: Path) -> None:
    """Write long texts: blocks, lines, packed, in another encoding; and long rows."""
    folder.mkdir()
    blocks = "".join(f"{_text(k)}\n{chr(10) * (k % 2)}" for k in range(90))
    (folder / "a.txt").write_text(blocks, encoding="utf-8")
    (folder / "b.txt").write_bytes(
        "".join(f"{_text(k)}\r\n" for k in range(40, 90)).encode("utf-16")
    )
    (folder / "c.txt.gz").write_bytes(gzip.compress(f"é {blocks}".encode(), mtime=0))
    rows = ({"text": "\n".join(_text(k + j) for j in range(30))} for k in range(4))
    (folder / "d.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")


def _cleaned(source: Path, output: Path, memory: str) -> dict[str, bytes]:
    clean_files(make_request([str(source)], str(output), memory=memory, workers=1))
    return {
        each.name: each.read_bytes() for each in output.iterdir() if each.name != "cleaned.json"
    }


def test_the_output_depends_neither_on_memory_nor_on_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, short: None
) -> None:
    source = tmp_path / "in"
    _fill(source)
    first = _cleaned(source, tmp_path / "small", "250MB")
    assert _cleaned(source, tmp_path / "large", "3GB") == first
    monkeypatch.setattr(long_texts, "CHUNK", 1 << 18)
    assert _cleaned(source, tmp_path / "chunks", "250MB") == first
    monkeypatch.setattr(long_texts, "LONG", 1 << 20)  # read whole, cut in the same sections
    assert _cleaned(source, tmp_path / "whole", "250MB") == first
    assert gzip.decompress(first["removed.jsonl.gz"]).count(b"\n") > 50


@pytest.mark.parametrize("chunk", [1, 2, 37])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_long_text_that_is_not_its_encoding_is_refused_with_the_place(
    tmp_path: Path, short: None, monkeypatch: pytest.MonkeyPatch, end: str, chunk: int
) -> None:
    monkeypatch.setattr(long_texts, "CHUNK", chunk)
    path = tmp_path / "a.txt"
    lines = "".join(f"{_text(k)}{end}" for k in range(30)).encode()
    path.write_bytes(lines + b"\xff\n")
    with pytest.raises(InputError, match=rf"byte {len(lines)}, in line 31, is not utf-8"):
        clean_files(make_request([str(path)], str(tmp_path / "out"), workers=1))


@pytest.mark.parametrize("sound", [0, 1, 2, 5])
def test_a_disk_that_fails_in_a_long_text_is_told(
    tmp_path: Path, short: None, monkeypatch: pytest.MonkeyPatch, sound: int
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("".join(f"{_text(k)}\n" for k in range(30)))

    class Failing(io.BytesIO):
        left = sound

        def read(self, size: int | None = -1) -> bytes:
            if not self.left:
                raise OSError(errno.EIO, "Input/output error")
            self.left -= 1
            return super().read(size)

    monkeypatch.setattr(long_texts, "open_unpacked", lambda *_: Failing(path.read_bytes()))
    with pytest.raises(InputError, match=r"a\.txt: can't be read: Input/output error"):
        long_texts.long_text(Shard(str(path), "text"), ReadOptions())


def _skips(path: Path, output: Path, memory: str = "250MB") -> tuple[Summary, list[str]]:
    summary = clean_files(make_request([str(path)], str(output), memory=memory, workers=1))
    return summary, [words.words for words in summary.coverage().reasons]


def test_a_line_that_is_too_long_is_named_and_stays(tmp_path: Path) -> None:
    path, out = tmp_path / "a.txt", tmp_path / "out"
    path.write_text(f"{_text(1)}\n{'x ' * 20_000_000}\n{_text(1)}\n", "utf-8")
    _, (reason,) = _skips(path, out)
    assert "a line of more than" in reason
    assert "--memory" in reason
    assert (out / "a.txt").read_text("utf-8") == f"{_text(1)}\n{'x ' * 20_000_000}\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", b'{"text": "' + b"a\\n" * 20_000_000 + b'"}\n'),
        ("a.jsonl", b'{"text": "a", "a": [' + b"[]," * 1_000_000 + b"[]]}\n"),
        ("a.jsonl", b'{"text": "\\ud83d' + b"a" * 8_000_000 + b'"}\n'),
        ("a.html", b"<p>a" * 1_000_000),
        ("a.html", b"<p>one two</p>" * 2_000_000),
    ],
    ids=["long", "many elements", "wide characters", "many tags", "long page"],
)  # fmt: skip
def test_what_takes_too_much_memory_is_named_with_what_it_needs(
    tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / name
    path.write_bytes(content)
    (tmp_path / "in" / "b.txt").write_text(f"{_text(1)}\n", "utf-8")
    summary, reasons = _skips(tmp_path / "in", tmp_path / "out", "211MB")
    (reason,) = reasons
    assert "--memory" in reason
    assert summary.coverage().reasons[0].count == 1


def test_a_packed_text_is_unpacked_to_a_bound(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with gzip.open(tmp_path / "in" / "a.txt.gz", "wb", 9) as file:
        for _ in range(80):
            file.write(b"packed small\n" * 77_000)
    (tmp_path / "in" / "b.txt").write_text(f"{_text(1)}\n", "utf-8")
    _, (reason,) = _skips(tmp_path / "in", tmp_path / "out")
    assert "more than 67,108,864 bytes when unpacked" in reason


def test_bounds_of_the_usual_reach_no_document_of_the_usual_size(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"text": "\n".join(map(_text, range(2_000)))}) + "\n", "utf-8")
    _, reasons = _skips(path, tmp_path / "out", "211MB")
    assert not reasons


def test_long_texts_have_the_fingerprint_of_their_words(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = dedup.Recipe()
    drawn = stages.family(recipe)
    texts = ["one short text of a few words", " ".join(_text(k) for k in range(500)), ""]
    whole = stages.sketch_texts(texts, recipe, drawn)
    monkeypatch.setattr(stages, "_STRETCH", 100)
    parts = stages.sketch_texts(texts, recipe, drawn)
    assert np.array_equal(parts.prints, whole.prints)
    assert np.array_equal(parts.prints, fingerprint.fingerprints(tokens.tokenise(texts)))
    assert np.array_equal(parts.words, whole.words)
    assert np.array_equal(parts.keys[:, 0], whole.keys[:, 0])
    assert (parts.keys[:, 1] == whole.keys[:, 1]).mean() > 0.5


def test_very_long_texts_are_compared_by_fingerprint_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["a b c d", "a b c d e", "a b c d e f g h i j", "a b c d e f g h i k"]
    rows = np.arange(3)
    before = stages.compare_texts(texts, rows, rows + 1, "words")
    monkeypatch.setattr(stages, "LONGEST", 15)
    after = stages.compare_texts(texts, rows, rows + 1, "words")
    assert after[0] == before[0]
    assert np.isnan(after[1:]).all()
    i, j, scores = stages.alike_texts(texts, None, 0.8, "words")
    found = dict(zip(zip(i.tolist(), j.tolist(), strict=True), scores.tolist(), strict=True))
    assert found[0, 1] == before[0]
    assert np.isnan(found[2, 3])


def test_read_gives_paragraphs_one_by_one(tmp_path: Path, short: None) -> None:
    path = tmp_path / "a.txt"
    path.write_text("".join(f"{_text(k)}\n" for k in range(100)), "utf-8")
    found = readers.document_parts(readers.Shard(str(path), "text"), ReadOptions())
    some = [each for each in found if not isinstance(each, Skipped)]
    assert len(some) > 5
    assert {each.number for each in some} == {0}
    assert all(isinstance(each.document, Section) for each in some)
    flat: Iterator[Paragraph] = (every for each in some for every in each.paragraphs)
    assert list(flat) == list(dedup.read(path))


@pytest.mark.parametrize(
    "name", ["row of a million tiny paragraphs", "text of 200 MB", "response packed twice"]
)
def test_a_job_keeps_to_its_memory(tmp_path: Path, name: str) -> None:
    each = watch.INPUTS[name]
    path = tmp_path / f"input{each.suffix}"
    each.make(path, each.size // 40)
    kept = watch.clean(path, tmp_path / "out", 211_000_000)
    # Of the archive nothing can be read: its one page is larger than what may be unpacked.
    assert kept.code == (2 if name == "response packed twice" else 0)
    assert 0 < kept.ratio <= watch.MOST / 2


@pytest.mark.parametrize(("lines", "small"), [(100, True), (400, False)])
def test_tiny_paragraphs_are_not_read_again_into_memory(
    lines: int, small: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again: list[object] = []

    found = job._found

    def read(*arguments: Any) -> object:
        again.append(arguments)
        return found(*arguments)

    monkeypatch.setattr(job, "_found", read)
    monkeypatch.setattr(clean, "_SMALL", 20_000)
    path = tmp_path / "lines.txt"
    path.write_text("a\n" * lines, encoding="utf-8")
    main(["clean", str(path), "-o", str(tmp_path / "out.txt")])
    assert bool(again) is small
    assert (tmp_path / "out.txt").read_bytes() == path.read_bytes()


def test_names_of_documents_are_read_a_part_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    class Named:
        def names(self, documents: NDArray[np.int64]) -> list[tuple[str, str | None, str]]:
            asked.append(len(documents))
            return [("pages", None, f"host{number % 3}") for number in documents.tolist()]

    monkeypatch.setattr(statistics, "_NAMES", 10)
    found, counts = statistics.Tally(), np.arange(25)
    statistics._add_hosts(found, Named(), np.arange(25), counts, counts, counts, counts)  # type: ignore[arg-type]
    assert asked == [10, 10, 5]
    assert {host: share.paragraphs for host, share in found.hosts.items()} == {
        f"host{k}": sum(range(k, 25, 3)) for k in range(3)
    }
