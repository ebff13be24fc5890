"""Where texts come from in practice: crawlers, extractors, tables, any iterable of pages.

Knows: how each of these expects to be met, a module for each. Does not know: how copies are found;
all of it stands on ``find`` and ``Index``. ``repeats`` holds what those that meet pages share,
``columns`` what those that meet tables share. Nothing here is imported by the rest of ``dedup``.
"""
