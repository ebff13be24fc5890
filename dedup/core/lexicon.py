"""The words that the judge looks up: function words, negations, numerals of large languages.

Knows: these lists, and in which form the kernel wants them. Does not know: weights, pairs.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from dedup.core.normal_form import fold
from dedup.core.tokens import tokenise
from dedup.kernel import Lexicon

#: Articles, pronouns, prepositions, conjunctions, auxiliaries: words that carry no fact. The kernel
#: takes words of one or two letters and Hiragana for function words without a list, so this list
#: has longer ones. It leaves out words that change the meaning of a sentence, such as modal verbs,
#: "before" and "after".
_FUNCTION = """
the this that these those which who whom what our your its his her their him them she they
you and but for nor yet from with into unto upon onto any all each are was were been being
has had have having did does will would shall can could than then thus also such there here
when where
der die das den dem des ein eine einen einem einer eines und oder aber für von mit bei aus
zum zur auf ist sind war wird hat dass sich auch sie wir ihr
les des une aux dans pour par sur avec est sont que qui nous vous ils elle ses
los las una unos del por para con como son sus gli dei delle della nel per che sono
uma dos das pelo pela com het een van voor met dat deze zijn wordt
что это как для при или его она они был была были його вона вони
του των τον την της τους τις στο στη στα στον στην από για και που μια ένα
bir ile için ama ise của cho với này được như thì
في من على إلى عن مع هذا هذه التي الذي از به در با را که این
של על את אל עם הוא היא זה אם גם
का के की को से में ने पर और यह है हैं कि तो ही भी
的 了 是 在 和 与 及 或 也 于 之 其 所 而 这 那 个 们
"""

_NEGATION = """
not no never cannot nicht kein keine keinen nie pas jamais non nunca niet geen não
не нет לא אין لا لم لن ليس غير 不 没 未 無 无 非
"""

#: Numbers written as words, for each number. Words that have another meaning too are left out ("un"
#: is also an article, "once" and "elf" are also English words).
_NUMERALS = {
    2: "two zwei deux dos due",
    3: "three drei trois tres tre",
    4: "four vier quatre cuatro quattro",
    5: "five fünf cinq cinco cinque",
    6: "six sechs seis",
    7: "seven sieben sept siete sette",
    8: "eight acht huit ocho otto",
    9: "nine neun neuf nueve nove",
    10: "ten zehn dix diez dieci",
    11: "eleven undici",
    12: "twelve zwölf douze doce dodici",
}


@cache
def lexicon() -> Lexicon:
    """Give the lists as hashes, each of them sorted."""
    numerals = {word: number for number, words in _NUMERALS.items() for word in words.split()}
    hashes = _hashes(numerals)
    order = np.argsort(hashes)
    values = np.array([*numerals.values()], dtype=np.int64)
    return Lexicon(
        np.sort(_hashes(_words(_FUNCTION))),
        np.sort(_hashes(_words(_NEGATION))),
        hashes[order],
        values[order],
    )


def _words(text: str) -> list[str]:
    """List the words of a text, each once."""
    return sorted(set(fold(text).split()))


def _hashes(words: list[str] | dict[str, int]) -> NDArray[np.uint64]:
    """Hash words, each of which is one token."""
    return tokenise(list(words)).values
