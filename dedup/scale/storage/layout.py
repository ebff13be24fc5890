"""The columns of a job: their names, layouts, and who is done with them when.

Knows: dtypes, widths, which stage drops what. Does not know: what is computed.

By position, that is, by paragraph in the order of reading:
    prints     uint64 x 2   fingerprint; of a text without a word, the hash of its characters
    competes   uint8        whether it is long enough to compete
    lines      uint32 x 2   first and last line; ``ranks`` uint64, its rank where one is given
    lengths    uint32       bytes of its text in ``texts``
    words      uint32       how many words it has
    marks      uint8        whether the caller marked it, where there are marks
    keys       uint32       band keys, of each unit of paragraphs band after band
    sketches   uint64 x w   sketch
    bags       uint64 x b   bag of words, where words are compared
    head       uint32       the position that stands for its words, ``NOBODY`` if it doesn't compete
    row        uint32       the row of that head
By row, that is, by distinct words in the order of rank:
    heads      uint32       position; by_row uint64 x w, sketch, only where memory can't hold them
    wanted     uint8        whether it meets another row
    kept uint8, match uint32 (a row), similar float32: the decision
By wanted row: at uint64, size uint32: its text in ``store``, or in ``texts`` if all fit in memory
By document: documents uint32, its first position; names: bytes of its source, record and host, ends
By pair: raw.NNN and hot.NNN uint64, ``later << 32 | earlier`` and ``row << 32 | bucket``, a file
for each range of rows; pairs uint64, distinct, rising; scores float64, beside them
"""

from __future__ import annotations

from dedup import kernel
from dedup.core.sketch import sketch_words
from dedup.recipe import Recipe
from dedup.scale.storage.column import Column
from dedup.scale.storage.folder import Folder
from dedup.stages import has_bags

#: Paragraphs of a unit: what is spilled at a time.
UNIT = 1 << 16

#: Sentinel for "no head" and "no row". A job holds at most 2**32 - 2 paragraphs.
NOBODY = (1 << 32) - 1


#: Type and width of every column; a width of None is that of a sketch.
_LAYOUT: dict[str, tuple[str, int | None]] = {
    "prints": ("u8", 2), "competes": ("u1", 0), "lines": ("u4", 2), "ranks": ("u8", 0),
    "lengths": ("u4", 0), "words": ("u4", 0), "marks": ("u1", 0), "texts": ("u1", 0),
    "keys": ("u4", 0), "sketches": ("u8", None), "bags": ("u8", kernel.BAG_WORDS),
    "documents": ("u4", 0), "names": ("u1", 0), "name_ends": ("u8", 0), "shards": ("u4", 0),
    "head": ("u4", 0), "row": ("u4", 0), "heads": ("u4", 0), "by_row": ("u8", None),
    "wanted": ("u1", 0), "store": ("u1", 0), "at": ("u8", 0), "size": ("u4", 0),
    "pairs": ("u8", 0), "scores": ("f8", 0), "kept": ("u1", 0), "match": ("u4", 0),
    "similar": ("f4", 0),
}  # fmt: skip


class Files:
    """The columns of a job, by what they hold: ``files.prints`` and so on."""

    def __init__(self, folder: Folder, recipe: Recipe) -> None:
        self.folder = folder
        self.sketch_words = sketch_words(recipe.permutations) if recipe.bands else 0
        self.bands = recipe.bands
        self.bagged = has_bags(recipe)

    def __getattr__(self, name: str) -> Column:
        if name not in _LAYOUT:
            raise AttributeError(name)
        kind, width = _LAYOUT[name]
        return self.folder.column(name, kind, self.sketch_words if width is None else width)

    def fresh(self, name: str) -> Column:
        """Open a column and empty it."""
        column: Column = getattr(self, name)
        column.cut(0)
        return column
