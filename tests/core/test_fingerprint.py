"""Fingerprints: equal for equal words, and for nothing else."""

from __future__ import annotations

import numpy as np
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from dedup.core.fingerprint import NOTHING, fingerprints, group_equal
from dedup.core.tokens import tokenise
from tests.core.test_tokens import texts_of_every_kind
from tests.support import brute

halves = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=30
)  # few values, so that the first half alone collides often


@given(texts_of_every_kind)
def test_fingerprints_are_equal_where_words_are(texts: list[str]) -> None:
    prints = fingerprints(tokenise(texts))
    rows = [tuple(brute.words(text)) for text in texts]
    for i in range(len(texts)):
        for j in range(i):
            assert (prints[i] == prints[j]).all() == (rows[i] == rows[j])


@given(texts_of_every_kind)
def test_a_fingerprint_is_xxh3_of_the_token_hashes(texts: list[str]) -> None:
    tokens = tokenise(texts)
    for row, (high, low) in enumerate(fingerprints(tokens).tolist()):
        begin, end = tokens.starts[row : row + 2]
        raw = tokens.values[begin:end].astype("<u8").tobytes()
        assert high << 64 | low == xxhash.xxh3_128_intdigest(raw)


def test_word_borders_and_order_count() -> None:
    prints = fingerprints(tokenise(["ab c", "a bc", "abc", "c ab", "", "?!"]))
    assert len({tuple(row) for row in prints.tolist()}) == 5
    assert (prints[4:] == NOTHING).all()


@given(halves)
def test_groups_are_those_of_a_dict(rows: list[tuple[int, int]]) -> None:
    first, group = group_equal(np.array(rows, dtype=np.uint64).reshape(-1, 2))
    seen: dict[tuple[int, int], int] = {}
    heads = [seen.setdefault(row, k) for k, row in enumerate(rows)]
    assert first.tolist() == sorted(set(heads))
    assert first[group].tolist() == heads
