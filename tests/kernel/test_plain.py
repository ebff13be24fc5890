"""How the kernel cuts plain text: sizes, room, and texts that need more of it.

That its paragraphs are those of the rule, ``tests/segment/test_segment.py`` holds it to.
"""

from __future__ import annotations

import numpy as np
import pytest

from dedup import kernel
from dedup.encoded import encode
from dedup.kernel import ParagraphRule
from tests.support import kernel_calls
from tests.support.kernel_calls import BAD_SIZE, NO_ROOM

WHOLE = np.array([0, 9])
TEXT = b"One\ntwo\n\n"


@pytest.mark.parametrize(
    ("starts", "rule", "room", "before"),
    [
        (WHOLE, 3, 9, (0, 0)),
        (WHOLE, -1, 9, (0, 0)),
        (WHOLE, 0, -1, (0, 0)),
        (WHOLE, 0, 9, (-1, 0)),
        (WHOLE, 0, 9, (0, 2**62)),
        (np.array([-1, 9]), 0, 9, (0, 0)),
        (np.array([4, 2]), 0, 9, (0, 0)),
        (np.array([0, 2**62]), 0, 9, (0, 0)),
    ],
    ids=["a rule above all", "a rule below all", "less room than none", "a character below 0",
         "a line beyond all", "a start below 0", "starts that fall", "a text beyond all"],
)  # fmt: skip
def test_sizes_that_can_not_be_are_refused(
    starts: np.ndarray, rule: int, room: int, before: tuple[int, int]
) -> None:
    assert kernel_calls.paragraphs(TEXT, starts, rule, room, None, before).result == BAD_SIZE


@pytest.mark.parametrize(
    ("room", "packed", "result"),
    [(2, 6, 2), (2, None, 2), (1, 6, NO_ROOM), (0, None, NO_ROOM), (2, 5, NO_ROOM)],
)
def test_room_that_is_too_little_is_told(room: int, packed: int | None, result: int) -> None:
    assert kernel_calls.paragraphs(TEXT, WHOLE, 0, room, packed).result == result


@pytest.mark.parametrize("end", ["\r", "\f", "\v", "\x85", "\u2029"])
def test_texts_that_other_characters_part_get_the_room_that_they_need(end: str) -> None:
    text = f"a{end}" * 500
    found = kernel.paragraphs(encode([text, "b"]), ParagraphRule.EACH_LINE)
    assert found.starts.tolist() == [0, 500, 501]
    cutter = kernel.Cutter(ParagraphRule.EACH_LINE)
    assert cutter.places(text.encode()).shape == (4, 500)
    assert cutter.places(b"b", 7, 3).tolist() == [[7], [8], [4], [4]]
