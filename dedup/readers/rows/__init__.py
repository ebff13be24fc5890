"""Containers of rows: JSON Lines and Parquet, and how fields are found by their names."""
