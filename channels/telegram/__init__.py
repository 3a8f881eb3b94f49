"""Telegram bots: what people write to the company's bot, by webhook."""

from channels.telegram.channel import CHANNEL

__all__ = ["CHANNEL"]
