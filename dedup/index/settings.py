"""The settings of an index: everything that all users of an index must agree on.

Knows: the recipe, the threshold, what becomes of variants, whether texts are stored; how settings
are chosen, written down and compared. Does not know: stores.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from dedup.checks import check_choice, check_share
from dedup.core.sketch import sketch_words
from dedup.errors import RecipeMismatch
from dedup.options.criteria import VARIANTS, Matching
from dedup.recipe import COMPARE_ALL, Recipe

#: Paragraphs that a new index is laid out for by default.
EXPECTED = 1_000_000


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings that were chosen when the index was made; they never change.

    texts: whether texts are stored, or three bytes of the hash of every word.
    """

    recipe: Recipe
    threshold: float = Matching.threshold
    variants: str = Matching.variants
    texts: bool = True

    def __post_init__(self) -> None:
        check_share("threshold", self.threshold)
        threshold = self.threshold
        check_choice("variants", self.variants, VARIANTS)
        if not self.recipe.bands and threshold < 1.0:
            raise ValueError(
                "the recipe has no bands, so all pairs would be compared; an index needs a recipe"
                " with bands and a recall below 1"
            )
        if not self.texts and self.variants != "remove":
            raise ValueError(
                "store_texts is False: without texts variants can't be told from copies, so it"
                " needs variants='remove'"
            )
        if not self.texts and self.recipe.tokens != "words":
            raise ValueError(f"store_texts is False; tokens={self.recipe.tokens!r} needs texts")

    @classmethod
    def choose(cls, matching: Matching, expected: int | None, texts: bool | None) -> Settings:
        """Choose the settings of a new index; None means the default."""
        size = EXPECTED if expected is None else max(expected, COMPARE_ALL + 1)
        recipe = Recipe.of(matching, size)
        return cls(recipe, matching.threshold, matching.variants, texts is not False)

    def require(self, asked: Mapping[str, object]) -> None:
        """Raise RecipeMismatch, naming the fields, if other settings are asked for.

        asked: fields of ``to_dict`` by name.
        """
        own = self.to_dict()
        if any(own[name] != value for name, value in asked.items()):
            raise RecipeMismatch({name: own[name] for name in asked}, dict(asked))

    @property
    def least(self) -> int:
        """The fewest places in which the sketches of two paragraphs agree that are compared."""
        return self.recipe.least_agreement(self.threshold)

    @property
    def bands(self) -> int:
        """How many buckets a paragraph is in; none at threshold 1, where fingerprints suffice."""
        return self.recipe.bands if self.threshold < 1.0 else 0

    @property
    def sketch_words(self) -> int:
        """Length of a sketch in 64-bit words."""
        return sketch_words(self.recipe.permutations) if self.recipe.bands else 0

    def to_dict(self) -> dict[str, object]:
        """The settings by name: the recipe's fields, threshold, variants and store_texts."""
        return {
            **self.recipe.to_dict(),
            "threshold": self.threshold,
            "variants": self.variants,
            "store_texts": self.texts,
        }

    @classmethod
    def from_dict(cls, values: dict[str, object]) -> Settings:
        """Read what ``to_dict`` wrote. Raises ValueError or TypeError for anything else."""
        names = {each.name for each in fields(Recipe)}
        # The versions are checked first: another version may have other settings.
        recipe = Recipe(**{name: values[name] for name in names & set(values)})  # type: ignore[arg-type]
        if set(values) != names | {"threshold", "variants", "store_texts"}:
            raise ValueError(f"the settings are {sorted(values)}")
        texts = values["store_texts"] is True
        return cls(recipe, values["threshold"], values["variants"], texts)  # type: ignore[arg-type]
