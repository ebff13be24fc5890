"""What the driver asks of Spark: which tables are joined, and which tasks run on them.

    engine         sketched paragraphs to the answer: which stage feeds which
    row_numbers    rows in order are numbered
    components     rows that hang together are clustered
    rounds         clusters are decided, large ones by parts
    guesses        large clusters are guessed, all rows side by side
    records        what a group of rows needs to be decided
    short_in_runs  short paragraphs go with a run

Does not know: how a batch is worked on.
"""
