"""VK communities: messages, lead forms, orders and comments, told by the Callback API."""

from channels.vk.channel import CHANNEL

__all__ = ["CHANNEL"]
