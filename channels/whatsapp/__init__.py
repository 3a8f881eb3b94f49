"""WhatsApp: what people write to a number of the Cloud API."""

from channels.whatsapp.channel import CHANNEL

__all__ = ["CHANNEL"]
