"""What executors run: batches of Arrow in, batches of Arrow out.

    documents     reads files
    sketches      cuts documents into paragraphs and sketches these
    fingerprints  finds exact copies
    buckets       turns band keys into pairs of small buckets and members of hot buckets
    similarity    compares and judges likely pairs
    decision      decides rows in the order of rank, by the walk of ``core.walk``
    arrow         turns columns of Arrow into arrays and back

Does not know: Spark.
"""
