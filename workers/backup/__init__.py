"""Backup and restore: one file with the databases, the attachments, what is spooled, and who was erased."""
