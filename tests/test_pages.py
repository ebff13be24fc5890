"""Texts laid out for the judge: the same whoever shares the work, nothing of texts too long."""

from __future__ import annotations

import numpy as np
import pytest

from dedup import pages
from dedup.core.tokens import lay_out
from dedup.kernel import Reading
from dedup.stages import LONGEST


def _arrays(page: Reading) -> list[list[int]]:
    return [
        page.tokens.values.tolist(), page.tokens.starts.tolist(), page.normal.values.tolist(),
        page.normal.starts.tolist(), page.cased.tolist(), page.begin.tolist(), page.end.tolist(),
        page.special.tolist(),
    ]  # fmt: skip


@pytest.mark.parametrize("threads", [1, 2])
def test_batches_are_joined_in_their_order(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"Clerk {k} of Ábra signed it at {k % 7} o'clock.\n" * (k % 4) for k in range(60)]
    monkeypatch.setattr(pages, "_BATCH", 500)
    assert _arrays(pages.page_of(texts, threads)) == _arrays(lay_out(texts, places=True))


def test_a_text_too_long_to_be_compared_is_not_laid_out() -> None:
    page = pages.page_of(["One two.", "ab " * (LONGEST // 3 + 1), "Three."])
    assert page.tokens.lengths.tolist() == [2, 0, 1]
    assert len(page.cased) < 100
    assert np.diff(page.normal.starts).max() < 100
