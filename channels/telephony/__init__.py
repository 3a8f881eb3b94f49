"""Telephone exchanges: one file a provider; `wire` reads what they send, `calls` makes our words of it."""
