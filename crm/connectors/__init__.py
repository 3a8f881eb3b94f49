"""Outside CRMs: one file each, a row each in CONNECTORS."""
