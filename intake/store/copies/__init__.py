"""Whole copies of the databases: out of a running instance, and into one that stands still."""
