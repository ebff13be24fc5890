"""The form of the callbacks to which a job reports its progress. Knows nothing of the job."""

from __future__ import annotations

from collections.abc import Callable

#: Receives the progress of a stage: (stage, done, total).
Progress = Callable[[str, int, int], None]


def silent(stage: str, done: int, total: int) -> None:
    """Report nothing."""
