"""trafilatura: the text of a page without the paragraphs that other pages have, in two ways.

Knows: trafilatura's ``extract``, and the cache that its argument ``deduplicate`` takes (since 2.3).
Does not know: how HTML becomes text, how paragraphs are compared.

``extract`` takes copies out of the text after the extraction, and the index learns only from what
was extracted. ``PageCache`` takes the place of trafilatura's own cache, which decides about single
elements during the extraction.
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

#: The output formats that have paragraphs, each with its markup: in "txt" a line is a paragraph.
_MARKUP = {"txt": "lines", "markdown": "markdown"}

#: How often a text was seen, as ``increment`` answers: a copy very often, a new text never.
_COPY, _NEW = sys.maxsize, -1


def extract(
    html: object,
    index: Index | None = None,
    url: str | None = None,
    *,
    output_format: str = "txt",
    revisits: str = "remove",
    **options: Any,  # noqa: ANN401 - those of trafilatura
) -> CleanedPage[str] | None:
    """Extract the text of a page, without the paragraphs that the index knows.

    Returns None if the page has no text. ``page`` of the answer is the text that trafilatura has
    extracted, before anything was taken out.

    Args:
        html, options: as for ``trafilatura.extract``.
        index: an open index; None takes out only what the page itself repeats.
        url: the key of the page. trafilatura gets it too.
        output_format: "txt" or "markdown".
        revisits: as for ``clean_pages``.
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
    """A cache for trafilatura's argument ``deduplicate``, which asks an index.

    Make a new one for each page:

        trafilatura.extract(html, deduplicate=PageCache(index, url))

    An element is dropped if another page has the same text or nearly the same. What the page
    repeats itself stays, because trafilatura asks about one element several times: about the
    elements inside it too, and in the end about the whole page. A page that has nothing but copies
    is discarded. A page that is extracted again under its key keeps everything.

    key: the key of the page; its elements are stored under ``key#1``, ``key#2``, ... The index also
    learns elements that trafilatura asks about and then leaves out for other reasons. If too little
    text is left, trafilatura brings back everything it dropped.
    """

    def __init__(self, index: Index, key: str) -> None:
        if not isinstance(key, str) or not key:
            raise ValueError(f"key is {key!r}; it must name the page")
        super().__init__(maxsize=1)
        self._index = index
        self._own = f"{key}#"
        self._copied: dict[str, bool] = {}

    def increment(self, key: str) -> int:
        """Return how often the text ``key`` was seen: a huge number for a copy, -1 for a new one.

        A text that contains texts asked about before is not stored. It is a copy if it consists of
        copies.
        """
        with self.lock:
            copied = self._copied.get(key)
            if copied is None:
                parts = [each for each in self._copied if each in key]
                copied = self._consists_of_copies(key, parts) if parts else self._ask(key)
                self._copied[key] = copied
            return _COPY if copied else _NEW

    def _ask(self, text: str) -> bool:
        match = self._index.add(text, f"{self._own}{len(self._copied) + 1}")
        return match is not None and match.is_copy and not match.key.startswith(self._own)

    def _consists_of_copies(self, text: str, parts: list[str]) -> bool:
        """Say whether a text consists of copies, nearly to the last word, and has no new part.

        parts: the texts inside it that were asked about before.
        """
        settings = self._index.settings
        rest = text
        for part in sorted(parts, key=len, reverse=True):
            if self._copied[part]:
                rest = rest.replace(part, "")
        new = [each for each in parts if not self._copied[each] and each in rest]
        long = tokenise(new).lengths >= max(settings.recipe.min_tokens, 1)
        return not long.any() and len(rest) <= (1.0 - settings.threshold) * len(text)
