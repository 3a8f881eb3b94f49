"""Reads for the API and the pages: one file a subject. Nothing here writes."""
