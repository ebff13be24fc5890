"""What the driver asks of Spark: which tables are joined, and which tasks run on them.

    engine         sketched paragraphs to the answer: which stage feeds which
    row_numbers    rows in order are numbered
    decision       rows that meet are decided, by one task or by one for each part of the clusters
    components     rows that hang together are clustered
    short_in_runs  short paragraphs go with a run

Does not know: how a batch is worked on.
"""
