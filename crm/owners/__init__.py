"""Assignment strategies: one file each, a row each in OWNER_RULES."""
