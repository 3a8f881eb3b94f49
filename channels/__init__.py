"""The ways in: one file or folder a kind. Each verifies, names its events, and parses; the flow is elsewhere."""
