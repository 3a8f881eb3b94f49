"""Facebook Messenger and Instagram: what people write to a page or an account, and comments there."""

from channels.facebook.channel import CHANNEL

__all__ = ["CHANNEL"]
