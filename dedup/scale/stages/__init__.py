"""The stages of a job, in the order in which ``scale.job`` runs them.

    first_pass  every shard is read once: fingerprints, sketches, band keys, texts, places
    scopes      paragraphs of different scopes never meet
    heads       equal fingerprints are folded, and what is left is numbered by rank
    buckets     band keys become likely pairs and members of hot buckets
    sketches    sketches by row, from memory or from a file
    texts       the texts of rows that meet another
    decision    pairs are compared, and the walk decides who is kept
    answer      the decision for every paragraph

Each reads and writes columns of the work folder. Does not know: which stage follows which.
"""
