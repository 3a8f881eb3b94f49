"""Scenarios: stories in plain YAML that a head of sales can read, played against the real pipeline."""
