"""What must be true of the buckets of any index."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dedup.core.candidates import CAP
from dedup.index.settings import Settings
from dedup.index.verification import Entries, bucket_problems
from dedup.options import Matching


@pytest.mark.parametrize("more", [-1, 0, 1, 2])
def test_check_tells_who_is_beyond_what_a_bucket_remembers(more: int) -> None:
    settings = Settings.choose(Matching(variants="remove"), None, texts=False)
    numbers = np.arange(CAP + more)
    keys = np.full(len(numbers), 7, dtype=np.uint32)
    own = np.full((settings.bands + 2, len(numbers)), 7, dtype=np.uint32)
    problems = bucket_problems(settings, 0, Entries(keys, numbers), (numbers, own), removals=1)
    assert problems == [
        f"paragraph {number}: is beyond the {CAP} a bucket remembers (band 0)"
        for number in range(CAP, CAP + more)
    ]
    # Who comes when it is full is in no bucket, and only that is right.
    first = numbers[:CAP]
    with_texts = replace(settings, texts=True)
    found = bucket_problems(with_texts, 0, Entries(keys[:CAP], first), (numbers, own), removals=0)
    assert found == []
    few = bucket_problems(
        with_texts, 0, Entries(keys[: CAP - 1], numbers[: CAP - 1]), (numbers, own), removals=0
    )
    assert few == [f"paragraph {k}: is in no bucket (band 0)" for k in range(CAP - 1, CAP + more)]
