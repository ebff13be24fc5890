"""What executors run: batches of Arrow in, batches of Arrow out.

    documents     files are read
    sketches      documents become sketched paragraphs
    fingerprints  equal fingerprints are folded
    buckets       band keys become pairs that meet and members of hot buckets
    similarity    likely pairs are compared and judged
    decision      rows are decided in the order of rank, by the walk of ``core.walk``
    arrow         columns of Arrow as arrays, and back

Does not know: Spark.
"""
