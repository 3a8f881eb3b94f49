"""MAX: what people write to the company's bot, by webhook or long polling."""

from channels.max.channel import CHANNEL

__all__ = ["CHANNEL"]
