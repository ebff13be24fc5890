"""Pages of HTML to their text.

Knows: the package that takes the text out of a page. Does not know: encodings (``charset``), HTTP,
archives, paragraphs.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from dedup.errors import MissingExtra


def text_of(page: str, main: bool) -> str:
    r"""Take the text out of a page, one line for each block. Raises MissingExtra, ValueError.

    ``main`` leaves out what looks like navigation, header, footer and aside. Cost: some 1.5 ms a
    page of 80 kB.
    """
    try:
        return str(_resiliparse("extract.html2text").extract_plain_text(page, main_content=main))
    except MissingExtra:
        raise
    except Exception as error:  # the parser's own, of a package of the extra
        raise ValueError(f"not HTML that can be parsed: {error}") from error


def _resiliparse(module: str) -> ModuleType:
    try:
        return import_module(f"resiliparse.{module}")
    except ImportError as error:
        raise MissingExtra("resiliparse", "warc") from error
