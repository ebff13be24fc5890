"""Scripts that measure dedup and print tables; none is a test.

Each runs as ``python -m benchmarks.NAME`` from the root of the repository.
"""
