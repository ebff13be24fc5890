"""How files begin: packings, containers, and kinds that aren't read.

Knows: the first bytes of each. Does not know: suffixes, byte-order marks, what begins like a page
of HTML (``sniffing``) or a table (``unread``).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

PACKINGS: Mapping[str, bytes] = MappingProxyType(
    {
        "gzip": b"\x1f\x8b",
        "zstd": b"\x28\xb5\x2f\xfd",
        "lz4": b"\x04\x22\x4d\x18",
        "bzip2": b"BZh",
        "xz": b"\xfd7zXZ\0",
    }
)

#: Members of gzip say how they are packed; there is no way but this one.
GZIP_MEMBER = PACKINGS["gzip"] + b"\x08"

#: A frame that a decompressor passes over: sixteen magic numbers, used by zstd and lz4.
_SKIPPABLE = (0x184D2A50).to_bytes(4, "little")[1:]

WARC = b"WARC/"
ARC = b"filedesc:"
PARQUET = b"PAR1"

PDF = b"%PDF-"
POSTSCRIPT = b"%!PS"
RTF = b"{\\rtf"
#: Of office files before they were ZIP archives.
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: The second is that of an empty archive.
ZIP = (b"PK\x03\x04", b"PK\x05\x06")

_TAR_AT, _TAR = 257, b"ustar"


def packing_of(head: bytes) -> str:
    """Name the packing of a file by its first bytes; "" for none."""
    for name, magic in PACKINGS.items():
        if head.startswith(magic):
            return name
    if head[1:4] == _SKIPPABLE and head[0] & 0xF0 == 0x50:
        return "zstd"
    return ""


def is_arc(head: bytes) -> bool:
    """Say whether an archive is an ARC, by its first bytes."""
    return head.startswith(ARC)


def is_tar(head: bytes) -> bool:
    """Say whether a file is a tar archive, which tells so behind the name of its first file."""
    return head.startswith(_TAR, _TAR_AT)
