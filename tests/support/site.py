"""A local site with repeated blocks, made from a seed and served on a free loopback port.

Knows: which paragraphs every page has. Does not know: what reads it.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_WORDS = (
    *("river", "stone", "ferry", "council", "night", "bridge", "engine", "water", "lamp", "paper"),
    *("window", "garden", "letter", "winter", "seven", "harbour", "quay", "bell", "timber", "rope"),
    *("the", "of", "and", "under", "beside", "carried", "opened", "forgot", "painted", "counted"),
)

#: What stands on many pages: a notice, how to reach the paper, a line too short to be compared.
_NOTICE = "We keep small files on your computer so that this page remembers what you chose before."
_CONTACT = (
    "Write to the editors by letter or come to the old office beside the ferry quay any noon."
)
_SHORT = "Read more"


def sentence(draw: random.Random, words: int = 24) -> str:
    """Make a paragraph of so many words, unlike all others."""
    return " ".join(draw.choice(_WORDS) for _ in range(words)).capitalize() + "."


def edited(draw: random.Random, text: str) -> str:
    """Drop one word, so that what is said stays nearly the same."""
    words = text.split()
    del words[draw.randrange(1, len(words) - 1)]
    return " ".join(words)


def make_pages(count: int = 200, seed: int = 11, again: bool = True) -> list[list[str]]:
    """Make the paragraphs of pages: own ones, blocks of many pages, edited and renumbered copies.

    again: whether a page may repeat itself.
    """
    draw = random.Random(seed)
    used: list[str] = []
    pages = []
    for number in range(count):
        own = [sentence(draw) for _ in range(draw.randrange(2, 6) if used else 5)]
        page = [f"Page {number}", *own]
        old = draw.sample(used, 5) if used else []
        if draw.random() < 0.5:
            page += [edited(draw, each) for each in old[:2]]
        if draw.random() < 0.4:
            page += old[2:]
        page.append(f"In the year {1700 + number} the ferry carried {number * 7} people over.")
        if again and draw.random() < 0.2:
            page.append(own[0])
        page += [_NOTICE, _SHORT] if draw.random() < 0.8 else [_SHORT]
        if draw.random() < 0.5:
            page.append(_CONTACT)
        used += own
        pages.append(page)
    return pages


def html_of(page: list[str], number: int, count: int) -> str:
    """Write a page, with links that lead to all others in the end."""
    links = [each for each in (2 * number + 1, 2 * number + 2) if each < count]
    return "\n".join(
        [
            f"<!doctype html><html><head><title>{number}</title></head><body><article>",
            *(f"<p>{escape(each)}</p>" for each in page),
            "</article><nav>",
            *(f'<a href="/{each}">{each}</a>' for each in links),
            "</nav></body></html>",
        ]
    )


@contextmanager
def served(pages: list[list[str]]) -> Iterator[str]:
    """Serve pages on a free loopback port; give the address of the site."""
    written = {
        f"/{number}": html_of(page, number, len(pages)).encode()
        for number, page in enumerate(pages)
    }

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body leave together, or each page waits for an acknowledgement

        def do_GET(self) -> None:
            body = written.get(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
