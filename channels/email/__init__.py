"""Letters: a mailbox is read, and what people and form robots write in it becomes inquiries."""

from channels.email.channel import CHANNEL

__all__ = ["CHANNEL"]
