"""Rows to documents: JSON Lines and Parquet, and the fields of a row by their names."""
