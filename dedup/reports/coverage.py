"""Reports which parts of the input were not read, for people and for programs.

Knows: wording and order. Does not know: how anything is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dedup.paragraph import Extent
from dedup.readers.coverage import Coverage, Reason
from dedup.reports.escapes import visible
from dedup.reports.wording import counted

#: The phrases for each extent: before the number, and what is counted.
_WORDS = {
    Extent.FILE: ("not read, or not to the end: ", "file"),
    Extent.RECORD: ("not read: ", "row or record"),
    Extent.PART: ("read, but for damage: ", "document"),
    Extent.NOTHING: ("passed over: ", "file"),
}
_MANY = {"row or record": "rows or records"}

#: The most reasons that are listed.
_LISTED = 10


def unread_text(coverage: Coverage, allowed: float) -> Iterator[str]:
    """Say what was not read, one line for each reason, and whether it is more than is allowed."""
    reasons = coverage.reasons
    for each in reasons[:_LISTED]:
        yield _line(each)
    if len(reasons) > _LISTED:
        yield f"and {len(reasons) - _LISTED:,} more reasons"
    if not coverage.is_whole(allowed):
        yield (
            f"exit code 3: not all was read; {100 * allowed:g} % of the rows and records of a file "
            "may go unread (--allow-skipped allows more)"
        )


def _line(reason: Reason) -> str:
    before, unit = _WORDS[reason.extent]
    places = ", ".join(visible(each) for each in reason.places)
    more = ", ..." if reason.count > len(reason.places) else ""
    many = _MANY.get(unit)
    what = f"{reason.count:,} {many}" if many and reason.count != 1 else counted(reason.count, unit)
    return f"{before}{what} ({visible(reason.words)}): {places}{more}"


def unread_fields(coverage: Coverage, allowed: float) -> dict[str, Any]:
    """Give what was not read as fields of JSON."""
    return {"all_read": coverage.is_whole(allowed), "unread": coverage.fields["unread"]}
