"""The memory that one document may take: bounds hold to the byte, and messages name them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import readers
from dedup.paragraph import Extent, Skipped
from dedup.readers import ReadOptions, Shard, bounds
from dedup.readers.containers import HEAD, container_of
from dedup.readers.options import MAX_BYTES


@given(st.integers(1, 10**13))
def test_the_memory_that_is_told_is_enough_and_not_much_more(size: int) -> None:
    needed = bounds.memory_for(size)
    assert bounds.of_job(needed) >= size - 1
    assert bounds.of_job(needed + 3) >= size
    assert bounds.of_job(needed - 4) < size


def test_what_options_say_of_one_document() -> None:
    usual = ReadOptions()
    assert usual.longest == MAX_BYTES
    assert usual.room == bounds.TIMES * MAX_BYTES
    assert ReadOptions(max_bytes=1).room == bounds.LEAST
    assert ReadOptions(max_bytes=10**9, max_memory=10**8).room == 10**8
    assert ReadOptions(max_bytes=1000, max_memory=10**12).room == bounds.LEAST
    assert ReadOptions(max_bytes=1000, max_memory=10**12).longest == 1000
    assert ReadOptions(max_bytes=10**9, max_memory=10**8).longest < 10**8


def test_more_memory_is_offered_only_where_it_helps() -> None:
    assert ReadOptions().beyond() == ReadOptions().beyond(5) == ""
    # What is longer than max_bytes is not read however much memory there is.
    assert ReadOptions(max_bytes=10, max_memory=10**9).beyond() == ""
    assert ReadOptions(max_bytes=10**9, max_memory=100).beyond() == (
        "; give the job more --memory to have it read"
    )
    reason = ReadOptions(max_memory=10**6).too_large(36 * 10**6)
    assert reason == (
        "it takes some 36 MB of memory at once, more than 1 MB; "
        "give the job 100 MB or more --memory to have it read"
    )


def test_a_row_exactly_as_long_as_allowed_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    row = b'{"text": "0123456789"}\n'
    path.write_bytes(row * 2)
    for most, read in ((len(row) - 2, 0), (len(row) - 1, 2), (len(row), 2)):
        options = ReadOptions(max_bytes=most)
        found = list(readers.read_shard(Shard(str(path), "jsonl"), options))
        assert sum(not isinstance(each, Skipped) for each in found) == read


@pytest.mark.parametrize(
    ("name", "content", "extent"),
    [
        ("a.html", b"<p>One.</p>\n" * 2000, Extent.FILE),
        ("a.md", b"<b>One.</b>\n\n" * 2000, Extent.FILE),
        ("a.jsonl", json.dumps({"text": "<b>a</b>\n\n" * 2000}).encode(), Extent.RECORD),
    ],
    ids=["a page", "Markdown", "a row"],
)
def test_what_is_too_large_to_be_cut_is_a_file_or_a_row(
    tmp_path: Path, name: str, content: bytes, extent: Extent
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    container = {"html": "html", "md": "text", "jsonl": "jsonl"}[name.partition(".")[2]]
    markup = "auto" if container == "html" else "markdown"
    # What is read and fits, and takes too much while it is cut.
    room = next(
        size for size in range(50_000, 9_000_000, 50_000)
        if not any(
            isinstance(each, Skipped)
            for each in readers.read_shard(
                Shard(str(path), container), ReadOptions(max_memory=size)
            )
        )
    )  # fmt: skip
    options = ReadOptions(max_memory=room)
    (found,) = readers.document_parts(Shard(str(path), container), options, markup)
    assert isinstance(found, Skipped)
    assert found.extent is extent
    assert found.reason.startswith("it takes some ")
    generous = list(readers.document_parts(Shard(str(path), container), ReadOptions(), markup))
    assert generous
    assert not any(isinstance(each, Skipped) for each in generous)


@pytest.mark.parametrize(
    ("size", "container"), [(HEAD - 1, "jsonl"), (HEAD, "jsonl"), (HEAD + 1, "text")]
)
def test_a_file_without_a_name_that_is_one_object(size: int, container: str) -> None:
    content = b'{"text": "' + b"a" * (size - 12) + b'"}'
    assert len(content) == size
    assert container_of("a", content[:HEAD]) == container


@pytest.mark.parametrize("size", [HEAD - 1, HEAD, HEAD + 1])
def test_a_first_line_of_any_length_is_an_object_or_not(size: int) -> None:
    whole = b'{"text": "' + b"a" * (size - 12) + b'"}'
    assert container_of("a.json", whole[:HEAD]) == "jsonl"
    assert container_of("a", (b"{" + whole[1:-1] + b"a")[:HEAD]) == "text"
