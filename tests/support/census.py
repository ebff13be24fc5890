"""Count how often the examples of a law contain each construct that the law is about.

Knows: names of constructs, and where each occurs. Does not know: laws, how examples are made.

Examples that are always drawn in the same way always miss the same constructs. So a law counts what
its examples contain, and fails if a construct never occurs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable


class Census:
    """Counts constructs by name, over all examples of one law."""

    def __init__(self, names: Iterable[str]) -> None:
        self.counts: Counter[str] = Counter(dict.fromkeys(names, 0))
        self.examples = 0

    def read(self, text: str) -> None:
        """Count an example, and each construct that stands in its text."""
        self.meet(name for name in self.counts if name in text)

    def meet(self, names: Iterable[str]) -> None:
        """Count an example, and the constructs it is said to hold."""
        self.examples += 1
        self.counts.update(set(names))

    def require(self, least: int = 1) -> None:
        """Print the counts; fail where a construct came up in fewer than ``least`` examples."""
        print(self)
        rare = {name: count for name, count in self.counts.items() if count < least}
        assert not rare, f"in {self.examples} examples too rare: {rare}"

    def __str__(self) -> str:
        listed = ", ".join(f"{name!r} {count}" for name, count in self.counts.most_common())
        return f"{self.examples} examples: {listed}"
