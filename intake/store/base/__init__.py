"""The client base as a whole: merges, imports, listings, erasures - many rows in few statements, short locks."""
