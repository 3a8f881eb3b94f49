"""The relay's parts: claimed effects, one lane a manager, gates before the messengers, storms folded into lists."""
