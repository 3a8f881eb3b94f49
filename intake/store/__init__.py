"""The durable store: journal, ledger, outbox, receipts - one code path over SQLite and PostgreSQL."""
