"""The table of packings (gzip, zstd, lz4, ...): how files are compressed.

Knows: the suffixes and first bytes of each packing, and the packages that pack and unpack. Does not
know: files, what is packed, damage, how a packing is added (CONTRIBUTING.md).
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import NamedTuple, Protocol, cast

from dedup.errors import MissingExtra

#: The levels for gzip where the user names none. The second of isal packs text to within 3 % of the
#: size of its third and highest, in two thirds of the time. The level of zlib, for machines without
#: isal, packs to about the same size in four times the time of isal.
_ISAL_LEVEL, _ZLIB_LEVEL = 2, 4


GZIP_MAGIC = b"\x1f\x8b"

#: The third byte of a gzip member is its method; 8 (deflate) is the only one in use.
_GZIP_MEMBER = GZIP_MAGIC + b"\x08"


class Decompressor(Protocol):
    """What the decompressors of ``zlib``, ``bz2`` and ``zstd`` have in common.

    An object unpacks one member or frame. ``unused_data`` is what follows its end.
    """

    eof: bool
    unused_data: bytes

    def decompress(self, packed: bytes | memoryview, max_length: int, /) -> bytes:
        """Give at most ``max_length`` unpacked bytes; input that is left over is kept inside."""


class Compressor(Protocol):
    """What the compressors of ``zlib``, ``bz2`` and ``zstd`` have in common.

    An object packs one member or frame.
    """

    def compress(self, content: bytes, /) -> bytes:
        """Take content; give packed bytes as far as there are some yet."""

    def flush(self) -> bytes:
        """End the member; give the rest of its packed bytes."""


@dataclass(frozen=True, slots=True)
class Framing:
    """How an archive is packed record by record.

    unit: the name for the packing of one record in messages.
    begins: the bytes with which every unit begins. They occur inside units too, so that a place
        where they stand may be no beginning.
    reader, writer: the names of the classes in ``fastwarc.stream_io``. Without a writer a record is
        packed by the packing's own ``pack``.
    copied: whether it is gzip, which is read without fastwarc, so that the packed bytes of a record
        can be given for a writer to copy.
    """

    unit: str
    begins: bytes
    reader: str = ""
    writer: str = ""
    copied: bool = False


@dataclass(frozen=True, slots=True)
class Packing:
    """One row of the table of packings.

    A packing without ``unpack`` and ``framing`` is recognised by its first bytes and not read.

    name: its name in ``Shard.packing`` and in messages.
    suffixes: the suffixes of its files, in lower case and without the dot. The first is written.
    magics: byte strings, one of which every file begins with.
    unpack: imports the package; gives a function that makes the decompressor for the next member.
    pack: the same for compressors. Its argument is the level; None is the default.
    extra: the extra that brings the package for both; "" where Python can do both.
    padding: bytes that may stand between members.
    framing: how archives are packed record by record; None if they never are.
    """

    name: str
    suffixes: tuple[str, ...]
    magics: tuple[bytes, ...]
    unpack: Callable[[], Callable[[], Decompressor]] | None = None
    pack: Callable[[int | None], Callable[[], Compressor]] | None = None
    extra: str = ""
    padding: bytes = b""
    framing: Framing | None = None

    @property
    def is_read(self) -> bool:
        """Whether files or archives in this packing can be read."""
        return self.unpack is not None or self.framing is not None

    @property
    def is_written(self) -> bool:
        """Whether files or archives can be written in this packing."""
        return self.pack is not None or self.framing is not None


class GzipMember(Decompressor, Protocol):
    """Unpacks one member of gzip."""

    #: Packed bytes that it was given and has not used yet.
    unconsumed_tail: bytes


class Gzip(NamedTuple):
    """The library that unpacks gzip.

    new: makes the object that unpacks the next member. error: what the library raises at damage.
    """

    new: Callable[[], GzipMember]
    error: type[Exception]

    def require_begin(self, packed: bytes) -> None:
        """Raise ``error`` unless a member begins here; isal notices it only in eight bytes."""
        if not packed.startswith(_GZIP_MEMBER) and not _GZIP_MEMBER.startswith(packed):
            raise self.error("incorrect header check")


def gzip_library() -> Gzip:
    """Give isal, or zlib without it. Both give the same bytes, also before damage."""
    library: ModuleType = zlib
    with suppress(ImportError):
        library = import_module("isal.isal_zlib")
    return Gzip(partial(library.decompressobj, 31), library.error)


class _Gzip:
    """The decompressor of one gzip member."""

    def __init__(self, library: Gzip) -> None:
        self._library, self._member, self._begun = library, library.new(), False

    @property
    def eof(self) -> bool:
        return self._member.eof

    @property
    def unused_data(self) -> bytes:
        return self._member.unused_data

    def decompress(self, packed: bytes, max_length: int) -> bytes:
        if packed and not self._begun:
            self._library.require_begin(packed)
            self._begun = True
        left = self._member.unconsumed_tail
        return self._member.decompress(left + packed if left else packed, max_length)


def _gunzip() -> Callable[[], Decompressor]:
    library = gzip_library()
    return lambda: cast(Decompressor, _Gzip(library))


def _gzip(level: int | None) -> Callable[[], Compressor]:
    """Give a function that makes compressors for gzip; a level counts as for zlib."""
    if level is not None:
        return lambda: zlib.compressobj(level, wbits=31)
    try:
        from isal import isal_zlib
    except ImportError:
        return lambda: zlib.compressobj(_ZLIB_LEVEL, wbits=31)
    return lambda: cast(Compressor, isal_zlib.compressobj(_ISAL_LEVEL, wbits=31))


def zstd() -> ModuleType:
    """Import the zstd of Python 3.14 or the package for older ones. Raises MissingExtra."""
    if sys.version_info >= (3, 14):
        return import_module("compression.zstd")
    try:
        return import_module("backports.zstd")
    except ImportError as error:
        raise MissingExtra("backports.zstd", "zstd") from error


def _unzstd() -> Callable[[], Decompressor]:
    package = zstd()
    widest = package.DecompressionParameter.window_log_max
    # Read windows of up to 2 GB, as ``zstd --long=31`` writes. One takes memory only as it fills.
    options = {widest: widest.bounds()[1]}
    return lambda: cast(Decompressor, package.ZstdDecompressor(options=options))


def _zstd(level: int | None) -> Callable[[], Compressor]:
    compressor = zstd().ZstdCompressor
    return lambda: cast(Compressor, compressor(level))


_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_LZ4_MAGIC = b"\x04\x22\x4d\x18"

#: The beginnings of frames without content, which decompressors of zstd and lz4 pass over.
_SKIPPABLE = tuple((0x184D2A50 + each).to_bytes(4, "little") for each in range(16))

PACKINGS: tuple[Packing, ...] = (
    Packing(
        "gzip",
        ("gz", "gzip"),
        (GZIP_MAGIC,),
        unpack=_gunzip,
        pack=_gzip,
        padding=b"\0",  # files that were on tape end in zeros
        framing=Framing("gzip member", _GZIP_MEMBER, copied=True),
    ),
    Packing(
        "zstd",
        ("zst", "zstd"),
        (_ZSTD_MAGIC, *_SKIPPABLE),
        unpack=_unzstd,
        pack=_zstd,
        extra="zstd",
        framing=Framing("zstd frame", _ZSTD_MAGIC, "ZstdReader", "ZstdWriter"),
    ),
    # Only archives are read and written in lz4.
    Packing(
        "lz4",
        ("lz4",),
        (_LZ4_MAGIC,),
        framing=Framing("lz4 frame", _LZ4_MAGIC, "Lz4Reader", "Lz4Writer"),
    ),
    Packing("bzip2", ("bz2",), (b"BZh",)),
    Packing("xz", ("xz",), (b"\xfd7zXZ\0",)),
)


def named(name: str) -> Packing:
    """Look up a packing by its name. Raises KeyError."""
    found = next((each for each in PACKINGS if each.name == name), None)
    if found is None:
        raise KeyError(name)
    return found


def by_suffix(suffix: str) -> str:
    """Name the packing that a suffix stands for; "" for none."""
    return next((each.name for each in PACKINGS if suffix in each.suffixes), "")


def packing_of(head: bytes) -> str:
    """Name the packing of a file by its first bytes; "" for none."""
    return next((each.name for each in PACKINGS if head.startswith(each.magics)), "")


def written_suffixes() -> str:
    """List the suffixes of the packings that can be written, for a message."""
    return ", ".join(f".{each.suffixes[0]}" for each in PACKINGS if each.pack)
