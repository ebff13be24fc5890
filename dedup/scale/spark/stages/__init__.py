"""What the driver asks of Spark: which tables are joined, and which tasks run on them.

    engine         the order of the stages, from sketched paragraphs to the answer
    row_numbers    numbers rows by rank
    decision       decides the rows that meet, by one task or by many
    components     clusters rows that hang together
    short_in_runs  finds short paragraphs that go with a run

Does not know: how a batch is worked on.
"""
