"""How far work is: what is told, and to whom. Knows nothing of the work."""

from __future__ import annotations

from collections.abc import Callable

#: Told how far a stage is: (stage, done, total).
Progress = Callable[[str, int, int], None]


def silent(stage: str, done: int, total: int) -> None:
    """Report nothing."""
