"""How files begin that are containers, or that aren't read.

Knows: the first bytes of each. Does not know: suffixes, byte-order marks, packings (``packings``),
what begins like a page of HTML (``media``) or a table (``unsupported``).
"""

from __future__ import annotations

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


def is_arc(head: bytes) -> bool:
    """Say whether an archive is an ARC, by its first bytes."""
    return head.startswith(ARC)


def is_tar(head: bytes) -> bool:
    """Say whether a file is a tar archive, which tells so behind the name of its first file."""
    return head.startswith(_TAR, _TAR_AT)
