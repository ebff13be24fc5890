"""How the kernel takes paragraphs out of texts, and writes lines: sizes and room.

That it takes out what the rule says, and writes what ``json`` writes, ``tests/dump/test_batch.py``
holds it to.
"""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.support import kernel_calls
from tests.support.kernel_calls import BAD_SIZE, NO_ROOM

TEXT = b"One\ntwo\n\nthree\n"
STARTS, SPANS, ROWS = np.array([0, 15]), np.array([[0, 4, 9], [3, 7, 14]]), np.array([0, 3])


def test_a_text_loses_lines_and_blank_lines() -> None:
    found = kernel_calls.remove(TEXT, STARTS, SPANS, ROWS, np.array([1]))
    assert (found.result, found.rests) == (1, [b"One\nthree\n"])
    assert found.places.tolist() == [[4], [4], [7], [9]]


@pytest.mark.parametrize(
    ("starts", "spans", "rows", "going"),
    [
        ([-1, 15], SPANS, [0, 3], [1]),
        ([0, 6], SPANS, [0, 3], [1]),
        ([15, 0], SPANS, [0, 3], [1]),
        ([0, 15], [[0, 2, 9], [3, 7, 14]], [0, 3], [1]),
        ([0, 15], [[0, 8, 9], [3, 7, 14]], [0, 3], [1]),
        ([0, 15], SPANS, [-1, 3], [1]),
        ([0, 7, 15], SPANS, [0, 3, 2], [1]),
        ([0, 15], SPANS, [0, 3], [1, 1]),
        ([0, 15], SPANS, [0, 3], [3]),
        ([0, 15], SPANS, [0, 3], [-1]),
        ([0], SPANS, [0], [0]),
    ],
    ids=["a start below 0", "a paragraph beyond its text", "starts that fall",
         "paragraphs that overlap", "a paragraph that ends before it begins", "a row below 0",
         "rows that fall", "one that goes twice", "a row beyond all", "one below 0", "no text"],
)  # fmt: skip
def test_sizes_that_can_not_be_are_refused(
    starts: list[int], spans: object, rows: list[int], going: list[int]
) -> None:
    given, places, edges, gone = (
        np.array(each, dtype=np.int64) for each in (starts, spans, rows, going)
    )
    assert kernel_calls.remove(TEXT, given, places, edges, gone).result == BAD_SIZE


@pytest.mark.parametrize(("room", "result"), [(10, 1), (9, NO_ROOM), (0, NO_ROOM), (-1, NO_ROOM)])
def test_room_that_is_too_little_is_told(room: int, result: int) -> None:
    assert kernel_calls.remove(TEXT, STARTS, SPANS, ROWS, np.array([1]), room).result == result


def test_lines_are_those_of_json() -> None:
    text = "".join(map(chr, range(0x250))) + "\u2028\ud800\U0001f600\uffff\U0010ffff"
    raw = text.encode("utf-8", "surrogatepass")
    numbers = np.array([0, -1, 2**63 - 1, -(2**63)])
    begin, end = np.array([0, 0, len(raw), 3]), np.array([len(raw), 0, len(raw), 9])
    fields = [
        (0, b'"n": ', numbers, None, b""),
        (1, b"", np.array([0, 7, 0, 7]), np.array([7, 14, 7, 14]), b'"a": 1 "b": 2'.ljust(14)),
        (2, b'"t": ', begin, end, raw),
        (3, b'"u": ', begin, end, raw),
    ]
    size, lines = kernel_calls.lines(fields, 4, 20_000)
    assert size == sum(map(len, lines))
    for line, number, start, stop, key in zip(
        lines, numbers.tolist(), begin.tolist(), end.tolist(), "abab", strict=True
    ):
        part = raw[start:stop].decode("utf-8", "surrogatepass")
        wanted = {"n": number, key: 1 if key == "a" else 2, "t": part}
        if part:
            wanted["u"] = part
        assert json.loads(line) == wanted
        assert json.dumps(part).encode() in line
    assert kernel_calls.lines(fields, 4, size)[0] == size
    assert kernel_calls.lines(fields, 4, size - 1)[0] == NO_ROOM
    assert kernel_calls.lines([], 2, 6) == (6, [b"{}\n", b"{}\n"])


def test_a_byte_that_is_no_utf8_is_a_replacement_character() -> None:
    raw = b"a\xff\xed\xa0\x80\xc3"
    asked = [(2, b"", np.array([0]), np.array([len(raw)]), raw)]
    assert kernel_calls.lines(asked, 1, 100)[1] == [b'{"a\\ufffd\\ud800\\ufffd"}\n']


@pytest.mark.parametrize(
    ("kind", "begin", "end"), [(4, 0, 1), (-1, 0, 1), (2, -1, 1), (2, 2, 1), (1, 2, 1)]
)
def test_fields_that_can_not_be_are_refused(kind: int, begin: int, end: int) -> None:
    asked = [(kind, b"", np.array([begin]), np.array([end]), b"abc")]
    assert kernel_calls.lines(asked, 1, 100)[0] == BAD_SIZE
