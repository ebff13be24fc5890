"""Files behind URLs: how URLs are recognised, listed and opened.

Knows: fsspec, the package of the extra ``remote``. Does not know: what the files hold.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import BinaryIO, Protocol, cast

from dedup.errors import InputError, MissingExtra


class FileSystem(Protocol):
    """The methods of fsspec's file systems that are called here."""

    def isfile(self, path: str) -> bool:
        """Say whether a path leads to a file."""


def is_remote(path: str) -> bool:
    """Say whether a path is a URL, such as ``s3://bucket/file``."""
    scheme, slashes, _ = path.partition("://")
    return bool(slashes) and len(scheme) > 1 and not set(scheme) & set("/\\ .")


def fsspec() -> ModuleType:
    """Import the package that opens URLs. Raises MissingExtra."""
    try:
        return import_module("fsspec")
    except ImportError as error:
        raise MissingExtra("fsspec", "remote") from error


def open_remote(path: str) -> BinaryIO:
    """Open a URL for reading. Raises InputError, MissingExtra, OSError."""
    package = fsspec()
    try:
        return cast(BinaryIO, package.open(path, "rb").open())
    except ImportError as error:
        # The scheme needs one more package; the message of fsspec names it.
        raise InputError(path, f"can't be opened: {error}", "install that package") from error
    except ValueError as error:
        raise InputError(path, f"can't be opened: {error}", "check the URL") from error
    except OSError:
        raise
    except Exception as error:  # the packages of remote services have errors of their own
        raise InputError(path, f"can't be opened: {error}", "check the URL") from error


def found_at(url: str) -> list[str]:
    """List the files behind a URL in the order of their names.

    A URL that ends in a slash is a folder; one with a star is a pattern; any other is one file.
    Hidden files and folders are left out.

    Raises:
        InputError: there is no file, or the URL can't be listed.
        MissingExtra: fsspec isn't installed.
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


def _is_wanted(files: FileSystem, path: str, root: str) -> bool:
    below = path[len(root) :] if path.startswith(root) else path.rpartition("/")[2]
    hidden = any(part.startswith(".") for part in below.split("/"))
    return not hidden and files.isfile(path)
