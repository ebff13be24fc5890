"""trafilatura: the text of a page without what other pages say, by either of two ways.

Knows: trafilatura's ``extract`` and the cache that its ``deduplicate=`` takes (2.3 on). Does not
know: how HTML becomes text, how paragraphs are compared.

``extract`` takes copies out of the extracted text; only what is given out is learnt. ``PageCache``
decides inside the extraction, element by element, where trafilatura's own cache would.
"""

from __future__ import annotations

import sys
from typing import Any

from dedup.checks import check_choice
from dedup.core.tokens import tokenise
from dedup.errors import MissingExtra
from dedup.index import Index
from dedup.integrations.pages import CleanedPage, clean_pages

try:
    import trafilatura
    from trafilatura.deduplication import LRUCache
except ImportError as error:
    raise MissingExtra("trafilatura", "trafilatura") from error

#: The forms of text that have paragraphs, and how these are told: "txt" has one a line.
_MARKUP = {"txt": "lines", "markdown": "markdown"}

#: What trafilatura is told of a text met before, and of a new one.
_MET, _NEW = sys.maxsize, -1


def extract(
    html: object,
    index: Index | None = None,
    url: str | None = None,
    *,
    output_format: str = "txt",
    revisits: str = "remove",
    **options: Any,  # noqa: ANN401 - those of trafilatura
) -> CleanedPage[str] | None:
    """Extract the text of a page, without the paragraphs that the index has met.

    html, options: as of ``trafilatura.extract``, and so is the answer's ``page``, the text before
    anything was taken out; None where there is no text. index: None takes out only what repeats
    inside the page. url: the key of the page, handed on to trafilatura too. output_format: "txt" or
    "markdown". revisits: as of ``clean_pages``.
    """
    check_choice("output_format", output_format, _MARKUP)
    markup = _MARKUP[output_format]
    text = trafilatura.extract(html, url=url, output_format=output_format, **options)
    if not text:
        return None
    pages = clean_pages([text], index, lambda own: (url or "", own), markup=markup,
                        revisits=revisits)  # fmt: skip
    return next(pages)


class PageCache(LRUCache):
    """The cache of one page for trafilatura's ``deduplicate=``, over an index.

    An element goes where another page has said it before, in the same words or nearly. What repeats
    inside the page stays: trafilatura asks about an element more than once, about those inside it,
    and at last about the whole page. So every page takes a cache of its own:

        trafilatura.extract(html, deduplicate=PageCache(index, url))

    key: of the page; elements are stored under ``key#1``, ``key#2``, ... A page met again under its
    key stays whole. A page that says nothing else is discarded. What trafilatura asked about and
    left out for other reasons is known all the same; what it brings back because too little was
    left stands there whole.
    """

    def __init__(self, index: Index, key: str) -> None:
        if not isinstance(key, str) or not key:
            raise ValueError(f"key is {key!r}; it must name the page")
        super().__init__(maxsize=1)
        self._index = index
        self._own = f"{key}#"
        self._met: dict[str, bool] = {}

    def increment(self, key: str) -> int:
        """Say how often the text ``key`` was met: very often, or never.

        A text that holds others asked about before is not stored, but was met if they are what it
        says.
        """
        with self.lock:
            met = self._met.get(key)
            if met is None:
                parts = [each for each in self._met if each in key]
                met = self._met[key] = self._is_told(key, parts) if parts else self._ask(key)
            return _MET if met else _NEW

    def _ask(self, text: str) -> bool:
        match = self._index.add(text, f"{self._own}{len(self._met) + 1}")
        return match is not None and match.is_copy and not match.key.startswith(self._own)

    def _is_told(self, text: str, parts: list[str]) -> bool:
        """Say whether a text is all but parts that were met, none of them new."""
        settings = self._index.settings
        rest = text
        for part in sorted(parts, key=len, reverse=True):
            if self._met[part]:
                rest = rest.replace(part, "")
        new = [each for each in parts if not self._met[each] and each in rest]
        long = tokenise(new).lengths >= max(settings.recipe.min_tokens, 1)
        return not long.any() and len(rest) <= (1.0 - settings.threshold) * len(text)
