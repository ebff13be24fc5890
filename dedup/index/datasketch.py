"""datasketch's MinHashLSH in and out of an index.

Knows: where an LSH in memory keeps keys and hash values, how its sketches are made. Does not know:
how an index decides; stores. datasketch is imported where it is needed: it takes half a second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dedup.index.arguments import checked_keys, checked_texts
from dedup.recipe import Recipe
from dedup.stages import signatures
from dedup.texts import Texts

if TYPE_CHECKING:
    from datasketch import MinHashLSH

_SCHEME = "affine32"


def to_lsh(texts: Texts, keys: Sequence[str], recipe: Recipe | None = None) -> MinHashLSH:
    """Make an LSH of texts, each under its key, with the bands and rows of the recipe.

    recipe: None means the default one. Cost: 40 us a text, nearly all of it datasketch's.
    """
    from datasketch import LeanMinHash, MinHashLSH

    recipe = recipe or Recipe()
    if not recipe.bands:
        raise ValueError("the recipe has no bands; an LSH needs some")
    checked = checked_texts(texts)
    own = checked_keys(keys, len(checked))
    lsh = MinHashLSH(num_perm=recipe.permutations, params=(recipe.bands, recipe.rows))
    for key, values in zip(own, signatures(checked, recipe), strict=True):
        lsh.insert(key, LeanMinHash(seed=recipe.seed, hashvalues=values, scheme=_SCHEME))
    return lsh


def texts_of(
    lsh: MinHashLSH, texts: Mapping[str, str] | None, recipe: Recipe, unchecked: bool
) -> tuple[list[str], list[str]]:
    """List the keys of an LSH, in the order in which they were inserted, and their texts.

    Args:
        lsh: the LSH.
        texts: the text of every key.
        recipe: has the tokens, width and seed of the signatures.
        unchecked: whether the signatures may differ from those of the texts.

    Raises:
        ValueError: the LSH can't be read in; so is TypeError.

    """
    if texts is None:
        raise ValueError(
            "texts is None: an LSH holds hash values alone, and an index compares words and tells"
            " variants by them; give a mapping of keys to texts"
        )
    keys, values = _read(lsh)
    missing = [key for key in keys if key not in texts]
    if missing:
        raise ValueError(f"texts has none for {len(missing)} of {len(keys)} keys: {missing[:3]}")
    found = checked_texts([texts[key] for key in keys])
    if not unchecked:
        own = signatures(found, replace(recipe, permutations=lsh.h, bands=0))
        wrong = np.flatnonzero((own[:, : values.shape[1]] != values).any(axis=1)).tolist()
        if wrong:
            raise ValueError(
                f"the signatures of {len(wrong)} of {len(keys)} keys are not those of their texts"
                f" (words in pairs, {_SCHEME}, seed {recipe.seed}), the first that of"
                f" {keys[wrong[0]]!r}; if they were made in another way, say unchecked=True, and"
                " the texts alone are read in"
            )
    return keys, found


def _read(lsh: MinHashLSH) -> tuple[list[str], NDArray[np.uint32]]:
    """Read the keys of an LSH and of each the hash values of its bands: uint32 (n, b * r)."""
    if getattr(lsh, "prepickle", False) or not isinstance(getattr(lsh.keys, "_dict", None), dict):
        raise ValueError("the LSH is kept elsewhere than in memory, or its keys are pickled")
    if lsh.hashfunc is not None:
        raise ValueError("the LSH has a hashfunc, so its signatures can't be read any more")
    scheme = getattr(lsh, "_minhash_scheme", None)
    if scheme not in (None, _SCHEME):
        raise ValueError(f"its signatures are of the scheme {scheme!r}; they must be {_SCHEME!r}")
    keys: list[Any] = list(lsh.keys.keys())
    for key in keys:
        if not isinstance(key, str):
            raise TypeError(f"the LSH has the key {key!r}; all must be str")
    raw = b"".join(band for key in keys for band in lsh.keys.get(key))
    size = len(keys) * lsh.b * lsh.r
    if len(raw) != 4 * size:
        raise ValueError(
            f"its signatures take {len(raw) // max(size, 1)} bytes a value; those of {_SCHEME}"
            " take 4"
        )
    return keys, np.frombuffer(raw, dtype=">u4").reshape(len(keys), lsh.b * lsh.r)
