"""The recipe: the frozen handful of values that decide the bits.

Knows: which values must agree for two results to be comparable, and how they are chosen for a
threshold, a recall and a number of paragraphs. Does not know: texts, thresholds set later, files.
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

#: Up to this many distinct paragraphs, comparing all pairs is as quick as indexing them.
COMPARE_ALL = 400


@dataclass(frozen=True, slots=True)
class Recipe:
    """How paragraphs become tokens, shingles, signatures and band keys.

    ``bands`` of ``rows`` permutations each are indexed; ``bands=0`` means that every paragraph is
    compared with every other and nothing escapes. ``min_tokens`` counts words, whatever is
    compared; paragraphs with fewer do not compete. ``normaliser`` and ``judgement`` are the
    versions of the rules that make words and that tell variants from copies, ``unicode`` is the
    version of Unicode by which words are made: the same in every Python. ``variants_at`` is the
    probability from which on a pair that is alike is a variant.
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
        # It is stored, as JSON, which knows none of numpy's numbers.
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
        """Give the recipe that was asked for, or choose one for ``count`` paragraphs."""
        return matching.recipe or cls.choose(
            matching.threshold, matching.recall, count, matching.tokens, matching.min_tokens,
            matching.variants_at,
        )  # fmt: skip

    def least_agreement(self, threshold: float) -> int:
        """In how many places two sketches must agree for their paragraphs to be compared."""
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
        """Read what ``to_dict`` wrote in ``source``.

        Raises InputError, with a remedy, where another version of dedup wrote it or it is damaged.
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
        """The fields by name, for writing down."""
        return asdict(self)

    def require(self, other: Recipe) -> None:
        """Raise RecipeMismatch, naming the fields, unless ``other`` is the same recipe."""
        if self != other:
            raise RecipeMismatch(self.to_dict(), other.to_dict())
