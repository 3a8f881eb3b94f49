"""Who is this."""
