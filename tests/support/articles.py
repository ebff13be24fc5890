"""Articles to test on, written for this project: 20 paragraphs, a pasted half, small edits.

Knows: its own prose. Everything is made from the tuple below, without chance.
"""

from __future__ import annotations

from types import MappingProxyType

TITLE = "Town council votes to keep the old ferry running"

PARAGRAPHS = (
    "HARLOW QUAY, Tuesday – The town council voted on Monday night to keep the old chain ferry"
    " running for another three years, ending a dispute that had divided both banks of the river"
    " since the spring.",
    "“We listened to the people who cross twice a day, and they told us that no bridge will"
    " ever be where their door is,” the council leader, Maud Ellery, told a crowded room.",
    "The decision sets aside 412,000 crowns for a new engine, fresh paint below the waterline and"
    " two sets of chains, which wear out faster since the harbour was dredged.",
    "Opponents had argued that the money would be better spent on the road to the upper bridge,"
    " where lorries queue for up to forty minutes on market days.",
    "A survey handed out on board in May found that seven passengers in ten had no car, and that"
    " half of them were on their way to work or to school.",
    "“If the ferry stops, my daughter leaves the house an hour earlier and comes home in the"
    " dark,” said Tobias Renn, who lives in a cottage behind the boatyard.",
    "The ferry was built in 1931 and has sunk once, in the flood of 1953, when the ferryman cut"
    " the chain himself so that the current would not pull the landing stage away.",
    "His grandson, now the engineer on board, said that the hull would outlive every councillor"
    " in the room, provided that somebody greased the sheaves on Sundays.",
    "Not everyone was persuaded. Councillor Pell called the vote a costly act of nostalgia and"
    " asked that his objection be written down word for word.",
    "He pointed to figures from the county, which show that the number of crossings has fallen by"
    " a fifth in ten years while the subsidy has doubled.",
    "The harbour master answered that those figures left out the summer visitors, who buy single"
    " tickets on board and are counted by nobody.",
    "Several speakers asked why the county had not paid its share of the repairs since the"
    " agreement was renewed, and were told that a letter had been sent.",
    "The county's spokeswoman confirmed later that the letter had arrived, that it had been read"
    " with interest, and that an answer would follow before the end of the month.",
    "Work on the engine is to begin after the last crossing of the season, in the first week of"
    " November, and should take no longer than nine weeks.",
    "During that time a small launch will carry passengers and bicycles, but no vehicles, every"
    " half hour from six in the morning until eight at night.",
    "Farmers on the east bank were promised that the launch would wait for the milk, a custom"
    " that is written in no timetable but has been kept for as long as anyone remembers.",
    "The new chains will be forged in the town itself, by the last smithy on the quay, which has"
    " made every chain of the ferry since the first.",
    "“It is the only order we can tell by its sound,” said the smith, who is seventy-one and"
    " means to deliver it before she retires.",
    "When the result was read out, part of the public stood up and sang; the mayor let them"
    " finish before she closed the meeting at a quarter past eleven.",
)  # fmt: skip

#: Lines 21-38 of the article repeat lines 3-20.
PASTED = PARAGRAPHS[1:]

_CHANGED = MappingProxyType({"the": "this", "that": "which", "and": "or", "a": "one"})
_QUOTES = MappingProxyType(str.maketrans({"“": '"', "”": '"', "'": "’"}))


def pasted_article(end: str = "\n") -> str:
    """Write the article: a title, 19 paragraphs, and 18 of them pasted again; one a line."""
    return end.join((TITLE, *PARAGRAPHS, *PASTED)) + end


def edit(paragraph: str, k: int) -> str:
    """Edit a paragraph slightly: change a word, straighten or curl the quotes, add a hyphen."""
    words = paragraph.split(" ")
    middle = len(words) // 2
    if k % 3 == 0:
        at = next(n for n, word in enumerate(words) if word in _CHANGED)
        words[at] = _CHANGED[words[at]]
    elif k % 3 == 1:
        words = [word.translate(_QUOTES) for word in words]
    else:
        words[middle : middle + 2] = ["-".join(words[middle : middle + 2])]
    return " ".join(words)


def edited_article() -> str:
    """Write the article with every other one of the pasted paragraphs slightly edited."""
    pasted = (edit(text, k // 2) if k % 2 else text for k, text in enumerate(PASTED))
    return "\n".join((TITLE, *PARAGRAPHS, *pasted)) + "\n"
