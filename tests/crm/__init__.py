"""The crm room."""
