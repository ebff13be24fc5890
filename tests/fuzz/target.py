"""What a target is: inputs, promises, and what of the world its inputs should meet.

Knows: the shape of a target. Does not know: any target.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from dedup.errors import DedupError
from tests.fuzz.case import Case

#: Texts that hypothesis drew, and from which a target makes its cases.
Drawn = Sequence[object]


@dataclass(frozen=True)
class Target:
    """A part of the package under random input.

    draw: makes a case of what hypothesis drew, or of seeds; run: makes the call in an empty folder,
    gives the names of what it met, and raises anything but what is promised. strategy: what
    hypothesis draws. meets: what some case of a long run is expected to meet. pace: calls that a
    usual machine makes in a second, by which a steady run counts.
    """

    name: str
    draw: Callable[[Random, Drawn], Case]
    run: Callable[[Case, Path], Iterable[str]]
    meets: Sequence[str]
    strategy: st.SearchStrategy[object] | None = None
    pace: int = 100


def drawn(strategy: st.SearchStrategy[object] | None, number: int, count: int) -> list[object]:
    """Let hypothesis draw examples, the same ones for the same number."""
    found: list[object] = []
    if strategy is None:
        return found

    @seed(number)
    @settings(
        max_examples=count, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(strategy)
    def collect(example: object) -> None:
        found.append(example)

    collect()
    return found


def refusal(error: DedupError) -> str:
    """Name a documented error, which must say something."""
    assert str(error).strip(), "an error that says nothing"
    return f"refused: {type(error).__name__}"
