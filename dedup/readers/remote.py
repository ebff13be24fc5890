"""Files behind URLs: one, those of a folder, those that a pattern fits.

Knows: how URLs are listed. Does not know: how they are opened (``streams``), what they hold.
"""

from __future__ import annotations

from typing import Protocol

from dedup.errors import InputError
from dedup.readers.streams import fsspec


class Files(Protocol):
    """What is asked of a file system of fsspec here."""

    def isfile(self, path: str) -> bool:
        """Say whether a path leads to a file."""


def found_at(url: str) -> list[str]:
    """List the files behind a URL, by name: those in it if it ends in a slash, those its stars fit.

    Files and folders whose names begin with a dot are left out. A URL of neither kind is taken as
    it is. Raises InputError where there are none, MissingExtra.
    """
    package = fsspec()
    pattern = "*" in url
    if not pattern and not url.endswith("/"):
        return [url]
    try:
        files, path = package.core.url_to_fs(url)
        found = files.glob(path) if pattern else files.find(path)
        listed = sorted(each for each in found if _is_wanted(files, each, path))
    except ImportError as error:
        raise InputError(url, f"can't be listed: {error}", "install that package") from error
    except Exception as error:  # the packages of remote services have errors of their own
        raise InputError(url, f"can't be listed: {error}", "check the URL") from error
    if not listed:
        raise InputError(url, "no file there", "check the URL")
    return [str(files.unstrip_protocol(each)) for each in listed]


def _is_wanted(files: Files, path: str, root: str) -> bool:
    below = path[len(root) :] if path.startswith(root) else path.rpartition("/")[2]
    hidden = any(part.startswith(".") for part in below.split("/"))
    return not hidden and files.isfile(path)
