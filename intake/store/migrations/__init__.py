"""The versions of the schema, the journal's and the ledger's apart."""
