"""Shipped mappings: one TOML file a kind, written as an operator would write it for the kind `custom`."""
