"""How files are packed: the one table of packings.

Knows: suffixes, first bytes, and the packages that pack and unpack. Does not know: files, what is
packed, damage. CONTRIBUTING says how a packing is added.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import NamedTuple, Protocol, cast

from dedup.errors import MissingExtra

#: What gzip is packed with where no level is asked for: isal's highest, or where there is no isal
#: zlib's that gives the same size. isal takes a quarter of the time; to unpack it, half.
_ISAL_LEVEL, _ZLIB_LEVEL = 3, 4


GZIP_MAGIC = b"\x1f\x8b"

#: Members say how they are packed; there is no way but this one.
_GZIP_MEMBER = GZIP_MAGIC + b"\x08"


class Decompressor(Protocol):
    """What ``zlib``, ``bz2`` and ``zstd`` have in common, one object a member or frame."""

    eof: bool
    unused_data: bytes

    def decompress(self, packed: bytes, max_length: int) -> bytes:
        """Unpack at most so many bytes; what is left over is kept inside."""


class Compressor(Protocol):
    """What ``zlib``, ``bz2`` and ``zstd`` have in common, one object a member or frame."""

    def compress(self, content: bytes, /) -> bytes:
        """Pack; may give nothing yet."""

    def flush(self) -> bytes:
        """End the member and give the rest of it."""


@dataclass(frozen=True, slots=True)
class Framing:
    """How the records of an archive are packed, each on its own.

    unit: what a message calls the packing of one record.
    begins: what stands before each; whether one begins there has to be tried.
    reader, writer: the classes of ``fastwarc.stream_io`` for it. Without a writer each record is
        packed as a file is.
    copied: whether the packed bytes of a record can be given beside it, to be copied.
    """

    unit: str
    begins: bytes
    reader: str
    writer: str = ""
    copied: bool = False


@dataclass(frozen=True, slots=True)
class Packing:
    """One packing. What has neither ``unpack`` nor ``framing`` is known by its bytes and not read.

    name: what ``Shard.packing`` and messages call it.
    suffixes: what the names of its files end with, in lower case and without the dot; the first is
        the one that is written.
    magics: the first bytes of its files, any of these.
    unpack: imports what is needed, and gives what makes a new decompressor for each member.
    pack: does so for compressors, of a level; None is the packing's own.
    extra: the extra that brings the package for both; "" where Python does.
    padding: bytes that may stand between members.
    framing: how archives are packed by it record by record; None where they are not.
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
        """Whether anything packed so is read."""
        return self.unpack is not None or self.framing is not None

    @property
    def is_written(self) -> bool:
        """Whether anything is packed so."""
        return self.pack is not None or self.framing is not None


class GzipMember(Decompressor, Protocol):
    """What unpacks one member of gzip."""

    #: Packed bytes that were handed over and not used yet.
    unconsumed_tail: bytes


class Gzip(NamedTuple):
    """The library that unpacks gzip: what makes an object a member, what it raises at damage."""

    new: Callable[[], GzipMember]
    error: type[Exception]

    def require_begin(self, packed: bytes) -> None:
        """Raise ``error`` for what no member begins with, which isal tells only of eight bytes."""
        if not packed.startswith(_GZIP_MEMBER) and not _GZIP_MEMBER.startswith(packed):
            raise self.error("incorrect header check")


def gzip_library() -> Gzip:
    """Give isal, or zlib where there is none. Both give the same bytes, before damage too."""
    library: ModuleType = zlib
    with suppress(ImportError):
        library = import_module("isal.isal_zlib")
    return Gzip(lambda: cast(GzipMember, library.decompressobj(31)), library.error)


class _Gzip:
    """One member of a gzip file, with the interface of the other decompressors."""

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
    """Give what makes a new member of gzip, the level known by zlib's numbers."""
    if level is not None:
        return lambda: zlib.compressobj(level, wbits=31)
    try:
        from isal import isal_zlib
    except ImportError:
        return lambda: zlib.compressobj(_ZLIB_LEVEL, wbits=31)
    return lambda: cast(Compressor, isal_zlib.compressobj(_ISAL_LEVEL, wbits=31))


def zstd() -> ModuleType:
    """Give Python's own module for zstd, or the package that brings it. Raises MissingExtra."""
    if sys.version_info >= (3, 14):
        return import_module("compression.zstd")
    try:
        return import_module("backports.zstd")
    except ImportError as error:
        raise MissingExtra("backports.zstd", "zstd") from error


def _unzstd() -> Callable[[], Decompressor]:
    package = zstd()
    widest = package.DecompressionParameter.window_log_max
    # Windows of up to 2 GB, as by --long=31; the memory for one is taken as it fills.
    options = {widest: widest.bounds()[1]}
    return lambda: cast(Decompressor, package.ZstdDecompressor(options=options))


def _zstd(level: int | None) -> Callable[[], Compressor]:
    compressor = zstd().ZstdCompressor
    return lambda: cast(Compressor, compressor(level))


_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_LZ4_MAGIC = b"\x04\x22\x4d\x18"

#: Frames that a decompressor passes over: sixteen magic numbers, used by zstd and lz4.
_SKIPPABLE = tuple((0x184D2A50 + each).to_bytes(4, "little") for each in range(16))

PACKINGS: tuple[Packing, ...] = (
    Packing(
        "gzip",
        ("gz", "gzip"),
        (GZIP_MAGIC,),
        unpack=_gunzip,
        pack=_gzip,
        padding=b"\0",  # on tapes
        framing=Framing("gzip member", _GZIP_MEMBER, "GzipReader", copied=True),
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
    # Nothing but archives is packed by lz4.
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
    """List the suffixes of what can be written, for a message."""
    return ", ".join(f".{each.suffixes[0]}" for each in PACKINGS if each.pack)
