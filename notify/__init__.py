"""The manager's messenger: cards, buttons, quiet hours; one file a messenger."""
