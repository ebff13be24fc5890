"""The store in an SQLite file, shared by any number of threads and processes of a machine.

Knows: the format (``file``), what a process holds of it in memory (``cache``), how a page is read
and written (``store``), how recent rows become sorted runs (``compaction``). Does not know: the
rule, texts beyond their bytes.
"""
