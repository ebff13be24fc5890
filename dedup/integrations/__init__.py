"""Adapters to the libraries in which texts are held: crawlers, extractors, tables, frameworks.

Knows: what each library calls, and what it expects back. Does not know: how copies are found; every
adapter asks ``dedup.find`` or an ``Index``. No other part of ``dedup`` imports these modules.

Public are ``pages``, ``scrapy``, ``trafilatura``, ``pandas``, ``polars``, ``datasets``,
``langchain``, ``llama_index`` and ``haystack``. The others are internal: ``repeats`` holds what all
adapters to pages share, ``columns`` what those to tables share, ``documents`` what those to
retrieval frameworks share; ``scrapy_settings`` and ``llama_nodes`` belong to one adapter each.
"""
