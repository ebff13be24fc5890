"""The bar of progress on a terminal, its lines elsewhere, and the silence of short work."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from dedup.reports.progress_bar import ProgressBar, progress_line

LINES = {
    "rate and time left": (
        ("reading words", 250_000, 1_000_000, 10.0),
        "reading words: 250,000 of 1,000,000 (25 %), 25,000/s, 30 s left",
    ),
    "too early for a rate": (("sorting", 1, 4, 0.5), "sorting: 1 of 4 (25 %)"),
    "nothing to do": (("sorting", 0, 0, 9.0), "sorting: 0 of 0"),
    "more than was expected": (("sorting", 5, 4, 9.0), "sorting: 5 of 4 (125 %)"),
}


@pytest.mark.parametrize(("given", "expected"), LINES.values(), ids=LINES)
def test_a_line_says_share_rate_and_time_left(
    given: tuple[str, int, int, float], expected: str
) -> None:
    assert progress_line(*given) == expected


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Set the clock of the bar."""
    clock = [100.0]
    monkeypatch.setattr("dedup.reports.progress_bar.time.monotonic", lambda: clock[0])

    def set_clock(seconds: float) -> None:
        clock[0] = 100.0 + seconds

    return set_clock


def test_without_a_terminal_a_line_is_written_every_ten_seconds(
    at: Callable[[float], None], capsys: pytest.CaptureFixture[str]
) -> None:
    with ProgressBar(lines=True) as progress:
        for second in range(21):
            at(second)
            progress("rewrite", second, 40)
    assert capsys.readouterr().err.splitlines() == [
        "writing files: 10 of 40 (25 %), 1/s, 30 s left",
        "writing files: 20 of 40 (50 %), 1/s, 20 s left",
    ]


def test_without_a_terminal_and_without_lines_nothing_is_written(
    at: Callable[[float], None], capsys: pytest.CaptureFixture[str]
) -> None:
    with ProgressBar() as progress:
        at(60)
        progress("compare", 1, 2)
    assert capsys.readouterr().err == ""


def test_on_a_terminal_the_bar_comes_after_two_seconds(
    at: Callable[[float], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with ProgressBar(lines=True) as progress:
        at(1.9)
        progress("compare", 1, 8)
        assert capsys.readouterr().err == ""
        at(2.0)
        progress("compare", 2, 8)
        at(3.0)
        progress("compare", 4, 8)
    shown = capsys.readouterr().err
    assert "comparing" in shown
    assert "4 of 8" in shown
