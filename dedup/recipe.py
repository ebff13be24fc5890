"""The recipe: the values that decide the hashes. They never change after the recipe is made.

Knows: which values must agree so that two results can be compared, and how to choose them for a
threshold, a recall and a number of paragraphs. Does not know: texts, later thresholds, files.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from dedup.checks import check_whole
from dedup.core import bands, sketch
from dedup.core.normal_form import UNICODE, VERSION
from dedup.core.weights import VERSION as JUDGEMENT
from dedup.errors import InputError, RecipeMismatch
from dedup.kernel import MAX_WIDTH
from dedup.options.criteria import Matching, check_text_rules

#: Up to this many distinct paragraphs, comparing all pairs is as fast as using bands.
COMPARE_ALL = 400


@dataclass(frozen=True, slots=True)
class Recipe:
    """How paragraphs become tokens, shingles, signatures and band keys.

    A signature has ``permutations`` numbers, of which ``bands`` bands of ``rows`` numbers each
    become keys. ``bands=0`` means that every paragraph is compared with every other one, so that no
    pair escapes. Paragraphs with fewer than ``min_tokens`` words don't compete, even if characters
    are compared. ``normaliser`` is the version of the rules that make words, ``judgement`` the
    version of those that tell variants from copies, and ``unicode`` the version of Unicode by which
    characters are read, the same in every Python. From the probability ``variants_at`` on, a pair
    that is similar enough is a variant.
    """

    tokens: str = Matching.tokens
    width: int = 2
    permutations: int = 96
    bands: int = 32
    rows: int = 3
    seed: int = 1
    min_tokens: int = Matching.min_tokens
    normaliser: str = VERSION
    judgement: str = JUDGEMENT
    unicode: str = UNICODE
    variants_at: float = Matching.variants_at

    def __post_init__(self) -> None:
        check_text_rules(self.tokens, self.min_tokens, self.variants_at)
        for name, value, own in (
            ("normaliser", self.normaliser, VERSION),
            ("unicode", self.unicode, UNICODE),
            ("judgement", self.judgement, JUDGEMENT),
        ):
            if value != own:
                raise ValueError(f"{name} is {value!r}; this version of dedup has {own!r} only")
        check_whole("width", self.width, 1, MAX_WIDTH)
        check_whole("permutations", self.permutations, 1, 1 << 16)
        check_whole("bands", self.bands, 0, 1 << 14)
        check_whole("rows", self.rows, 1, bands.MAX_ROWS)
        check_whole("seed", self.seed, 0, 2**32 - 1)
        # The recipe is stored as JSON, which can't hold numbers of numpy's types.
        object.__setattr__(self, "variants_at", float(self.variants_at))
        if self.bands * self.rows > self.permutations:
            raise ValueError(
                f"bands * rows is {self.bands * self.rows}, more than the "
                f"{self.permutations} permutations"
            )

    @classmethod
    def choose(
        cls,
        threshold: float = Matching.threshold,
        recall: float = Matching.recall,
        count: int = 100_000,
        tokens: str = Matching.tokens,
        min_tokens: int = Matching.min_tokens,
        variants_at: float = Matching.variants_at,
    ) -> Recipe:
        """Choose a recipe that promises ``recall`` at ``threshold`` for ``count`` paragraphs.

        A recall of 1, a threshold of 1 and a small count give ``bands=0``. See ``core.bands`` for
        the model behind the promise.
        """
        base = cls(tokens=tokens, min_tokens=min_tokens, variants_at=variants_at)
        if recall >= 1.0 or threshold >= 1.0 or count <= COMPARE_ALL:
            width = 2 if tokens == "words" else 5
            return replace(base, width=width, permutations=128, bands=0, rows=4)
        cut = bands.choose(threshold, recall, count, tokens)
        permutations = cut.bands * cut.rows
        return replace(
            base, width=cut.width, permutations=permutations, bands=cut.bands, rows=cut.rows
        )

    @classmethod
    def of(cls, matching: Matching, count: int) -> Recipe:
        """Give the recipe of ``matching``; if it has none, choose one for ``count`` paragraphs."""
        return matching.recipe or cls.choose(
            matching.threshold, matching.recall, count, matching.tokens, matching.min_tokens,
            matching.variants_at,
        )  # fmt: skip

    def least_agreement(self, threshold: float) -> int:
        """Give the number of places in which two sketches must agree to be compared."""
        jaccard = bands.jaccard_at(threshold, self.width, bands.BURST[self.tokens])
        return sketch.least_agreement(jaccard, self.permutations)

    def expected_recall(self, threshold: float) -> float:
        """Share of the pairs at or above ``threshold`` that will be compared, by the model."""
        if self.bands == 0 or threshold >= 1.0:
            return 1.0
        cut = bands.Banding(self.width, self.bands, self.rows)
        return bands.expected_recall(cut, threshold, bands.BURST[self.tokens])

    @classmethod
    def stored(cls, source: str, values: dict[str, Any]) -> Recipe:
        """Make a recipe of the values of ``to_dict`` that were read from ``source``.

        Raises InputError, with a remedy, if another version of dedup wrote them or they are
        damaged.
        """
        try:
            recipe = cls(**values)
        except (TypeError, ValueError) as error:
            reason = f"its recipe can't be used by this version of dedup: {error}"
            raise InputError(source, reason, "delete it and run the job again") from error
        if len(values) != len(recipe.to_dict()):
            missing = ", ".join(sorted(recipe.to_dict().keys() - values.keys()))
            raise InputError(source, f"its recipe lacks {missing}", "delete it and run again")
        return recipe

    def to_dict(self) -> dict[str, object]:
        """Give the fields by name, to store them."""
        return asdict(self)

    def require(self, other: Recipe) -> None:
        """Raise RecipeMismatch, naming the fields, unless ``other`` is the same recipe."""
        if self != other:
            raise RecipeMismatch(self.to_dict(), other.to_dict())
