"""The policy: which paragraphs compete, which copy is kept, and which copies a job takes out.

Knows: the options, their bounds and help. Does not know: how an option is carried out
(``scale.competition``, ``dump.selection``).
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass

from dedup.checks import check_share
from dedup.options.fields import check_choices, option

#: The choices for ``keep`` and for ``scope``.
KEEP = ("first", "longest", "newest", "order")
SCOPES = ("all", "host", "document", "across")

#: The choices for ``boilerplate``: keep one copy, or drop it too.
BOILERPLATE = ("keep", "drop")


@dataclass(frozen=True)
class Policy:
    """Which paragraphs compete, which copy is kept, and which copies are taken out.

    keep: with "newest", documents without a date are older than all others. Of equals the first is
        kept.
    order: patterns of sources and hosts, for "order".
    scope: with "host", the paragraphs of a file without URLs compete with each other.
    min_share: a page is a document with at least one paragraph. Whatever the share, a paragraph is
        only taken out if it stands on two pages or more.
    drop_documents: a document stays if it has a protected paragraph, or one that another document
        repeats.
    protect: regular expressions. Their time is not bounded: "(a+)+b" takes years for a paragraph of
        a hundred letters.

    Raises:
        TypeError, ValueError: a field is of a wrong type or out of bounds; the message names it.
    """

    keep: str = option(
        "first", "Which of several copies to keep: the first in reading order, the longest, the"
        " newest by the dates of the documents, or the one from the source that --order names"
        " first.", choices=KEEP,
    )  # fmt: skip
    order: tuple[str, ...] = option(
        (), "With --keep order: a source or host, such as 'wiki*'. Repeat the option, the best"
        " source first.", "PATTERN",
    )  # fmt: skip
    scope: str = option(
        "all", "Where to look for copies: everywhere ('all'), within each host, within each"
        " document, or only between documents ('across'), so that refrains stay.", choices=SCOPES,
    )  # fmt: skip
    min_copies: int = option(
        2,
        "Take out only paragraphs that occur at least K times, such as boilerplate. K is 2 or"
        " more.",
        "K",
    )
    min_share: float | None = option(
        None, "Take out only paragraphs that stand on at least this share of the pages of their"
        " host, such as boilerplate. Without URLs, the documents of a file count as one host.",
        "SHARE",
    )  # fmt: skip
    boilerplate: str = option(
        "keep", "With --min-copies or --min-share: keep one copy of each such paragraph, or drop"
        " all copies.", choices=BOILERPLATE,
    )  # fmt: skip
    drop_documents: float | None = option(
        None, "Leave out whole documents in which at least this share of the words stands in"
        " copies.", "SHARE",
    )  # fmt: skip
    protect: tuple[str, ...] = option(
        (),
        "Never take out a paragraph in which this regular expression finds something. May be"
        " repeated.",
        "REGEX",
    )
    max_loss: float = option(
        1.0,
        "Write nothing if more than this share of the text of a file would be taken out.",
        "SHARE",
    )

    def __post_init__(self) -> None:
        check_choices(self)
        if (self.keep == "order") != bool(self.order):
            raise ValueError(
                f"keep is {self.keep!r} and order has {len(self.order)} patterns; an order is for "
                "keep='order', which needs one"
            )
        if self.min_copies < 2:
            raise ValueError(f"min_copies is {self.min_copies}; it must be 2 or more")
        for name in ("max_loss", "min_share", "drop_documents"):
            share: float | None = getattr(self, name)
            if share is not None:
                check_share(name, share)
        if self.boilerplate == "drop":
            self._require_boilerplate()
        self.patterns()

    def _require_boilerplate(self) -> None:
        """Raise ValueError unless other options say what boilerplate is."""
        if self.min_copies == 2 and self.min_share is None:
            raise ValueError(
                "boilerplate is 'drop', which leaves nothing of what is repeated; say how often it "
                "must be, with min_copies above 2 or min_share"
            )
        if self.scope == "across":
            raise ValueError(
                "boilerplate is 'drop' and scope 'across'; the one takes out every copy, the other "
                "keeps those within a document"
            )

    def patterns(self) -> list[re.Pattern[str]]:
        """Compile the expressions of ``protect``. Raises ValueError for an invalid one."""
        found = []
        for pattern in self.protect:
            try:
                found.append(re.compile(pattern))
            except re.error as error:
                reason = f"it is not a regular expression: {error}"
                raise ValueError(f"protect is {pattern!r}; {reason}") from None
        return found

    def to_dict(self) -> dict[str, object]:
        """Give the fields by name, to store them."""
        return {name: list(each) if isinstance(each, tuple) else each
                for name, each in asdict(self).items()}  # fmt: skip
