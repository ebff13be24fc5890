"""Payloads come back as they were packed, and nonsense is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from dedup.index import payload
from dedup.index.damage import Damage


def test_words_of_three_bytes_are_not_read_across_paragraphs() -> None:
    with pytest.raises(Damage, match="the words of a paragraph end in the middle of one"):
        payload.words_of([b"abcd", b"ab"])


def test_a_text_that_packs_beyond_measure_is_stored_and_read(tmp_path: Path) -> None:
    text = " ".join(["lamp"] * 16_000_000)
    packed = payload.pack([text.encode()], True)
    assert payload.unpack(packed, 1, True) == [text.encode()]
