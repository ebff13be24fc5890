"""The first maximal independent set: that of walking the rows one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.core import independent as stage
from tests import brute

Edges = list[tuple[int, int]]


def answer(count: int, edges: Edges) -> list[bool]:
    earlier, later = np.array(edges, dtype=np.int64).reshape(-1, 2).T
    return stage.independent(count, earlier, later).tolist()  # type: ignore[no-any-return]


graphs = st.integers(2, 30).flatmap(
    lambda count: st.tuples(
        st.just(count),
        st.lists(
            st.tuples(st.integers(0, count - 1), st.integers(0, count - 1))
            .filter(lambda edge: edge[0] != edge[1])
            .map(lambda edge: (min(edge), max(edge))),
            max_size=90,
        ),
    )
)

GRAPHS: dict[str, tuple[int, Edges, list[bool]]] = {
    "no row": (0, [], []),
    "rows without edges are all kept": (3, [], [True] * 3),
    "a pair keeps the first": (2, [(0, 1)], [True, False]),
    "a chain keeps every other row": (4, [(0, 1), (1, 2), (2, 3)], [True, False] * 2),
    "a star around the first keeps it alone": (3, [(0, 1), (0, 2)], [True, False, False]),
    "a star around the last loses it alone": (3, [(0, 2), (1, 2)], [True, True, False]),
    "an edge given twice counts once": (3, [(0, 1), (0, 1), (1, 2)], [True, False, True]),
}  # fmt: skip


@pytest.mark.parametrize(("count", "edges", "kept"), GRAPHS.values(), ids=GRAPHS)
def test_keeps(count: int, edges: Edges, kept: list[bool]) -> None:
    assert answer(count, edges) == kept == brute.first_independent(count, edges)


@given(graphs, st.sampled_from([0, 1, 2, 32]), st.randoms())
def test_is_the_walk(graph: tuple[int, Edges], rounds: int, draw: object) -> None:
    count, edges = graph
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, "_ROUNDS", rounds)
        assert answer(count, edges) == brute.first_independent(count, edges)
        draw.shuffle(edges)  # type: ignore[attr-defined]
        assert answer(count, edges) == brute.first_independent(count, edges)


@given(graphs)
def test_kept_rows_are_no_neighbours_and_every_copy_has_an_earlier_kept_one(
    graph: tuple[int, Edges],
) -> None:
    count, edges = graph
    kept = answer(count, edges)
    assert not any(kept[i] and kept[j] for i, j in edges)
    for row in range(count):
        assert kept[row] or any(kept[i] for i, j in edges if j == row)


def test_a_long_chain_is_walked() -> None:
    kept = answer(100_001, [(k, k + 1) for k in range(100_000)])
    assert kept == [True, False] * 50_000 + [True]
