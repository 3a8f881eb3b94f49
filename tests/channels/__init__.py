"""The ways in, each held to one contract."""
