"""The clock's duties: what is due by time, one file a subject."""
