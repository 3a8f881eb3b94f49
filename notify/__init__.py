"""The manager's messengers: cards, buttons, limits; one file a messenger."""
