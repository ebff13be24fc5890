"""What counts as a copy: the options of ``find`` that decide the answer.

Knows: their defaults, bounds and help. Does not know: how paragraphs are compared.

A new option is a field here, and a line of ``MatchingOptions``. The command line and the manifests
of jobs then have it; CONTRIBUTING.md says where else it goes.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, TypedDict

from dedup.checks import check_choice, check_probability, check_share, check_whole
from dedup.core.weights import VARIANTS_AT
from dedup.options.fields import check_choices, option

if TYPE_CHECKING:
    from dedup.recipe import Recipe

#: The choices for ``tokens``: words or characters are compared.
TOKENS = ("words", "chars")

#: The choices for ``variants``: keep and report them, treat them as copies, keep them in silence.
VARIANTS = ("report", "remove", "ignore")

#: The choices for ``contained``: paragraphs inside longer ones.
CONTAINED = ("keep", "remove")

#: The upper bound of ``min_tokens``, the largest number of 32 bits with a sign.
_MOST_TOKENS = 2**31 - 1


class MatchingOptions(TypedDict, total=False):
    """The fields of ``Matching`` as keyword arguments."""

    threshold: float
    recall: float
    tokens: str
    min_tokens: int
    recipe: Recipe | None
    variants: str
    variants_at: float
    contained: str


@dataclass(frozen=True)
class Matching:
    """What counts as a copy, and how surely copies are found.

    recipe: how paragraphs are hashed; None lets ``Recipe.of`` choose it for the number of
        paragraphs.

    Raises:
        TypeError, ValueError: a field is of a wrong type or out of bounds; the message names both.
    """

    threshold: float = option(
        0.8, "Similarity from which two paragraphs count as copies. Similarity is the share of"
        " words that both have in the same order. Above 0, at most 1.", "T",
    )  # fmt: skip
    recall: float = option(
        0.99, "Share of the pairs at or above the threshold that must be found. 1 compares all"
        " pairs, which is slow.", "R",
    )  # fmt: skip
    tokens: str = option(
        "words",
        "Compare words; or characters, for scanned text with misread letters.",
        choices=TOKENS,
    )
    min_tokens: int = option(8, "Do not compare paragraphs with fewer words.", "N")
    recipe: Recipe | None = None
    variants: str = option(
        "report", "What to do with a variant: a paragraph as alike as a copy, in which a number, a"
        " name or another fact is replaced by another. 'report' keeps and reports it, 'ignore'"
        " keeps it without a word, 'remove' treats it as a copy.", choices=VARIANTS,
    )  # fmt: skip
    variants_at: float = option(
        VARIANTS_AT, "Probability from which a paragraph as alike as a copy counts as a variant."
        " Above 0, below 1. A lower value keeps more paragraphs.", "P",
    )  # fmt: skip
    contained: str = option(
        "keep", "What to do with paragraphs that stand, whole or nearly whole, inside a longer"
        " one.", choices=CONTAINED,
    )  # fmt: skip

    def __post_init__(self) -> None:
        check_share("threshold", self.threshold)
        check_share("recall", self.recall)
        check_text_rules(self.tokens, self.min_tokens, self.variants_at)
        check_choices(self)
        # They are stored as JSON, which has no numbers of numpy.
        for name in ("threshold", "recall", "variants_at"):
            object.__setattr__(self, name, float(getattr(self, name)))

    @property
    def judges(self) -> bool:
        """Whether the judge decides between variants and copies."""
        return self.variants != "remove"

    def to_dict(self) -> dict[str, object]:
        """Give the fields by name, to store them."""
        return asdict(self)


def check_text_rules(tokens: str, min_tokens: int, variants_at: float) -> None:
    """Raise TypeError or ValueError for wrong values of fields that ``Recipe`` has too."""
    check_choice("tokens", tokens, TOKENS)
    check_whole("min_tokens", min_tokens, 0, _MOST_TOKENS)
    check_probability("variants_at", variants_at)
