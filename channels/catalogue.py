"""The list of all kinds: one row a channel, written by hand, so that nothing is found by accident."""

from __future__ import annotations

from channels.base import Channel
from channels.forms import form

CHANNELS: tuple[Channel, ...] = (form.CHANNEL,)


def channels_by_kind() -> dict[str, Channel]:
    """The channels by the word that `kind` in an account's table says."""
    return {channel.kind: channel for channel in CHANNELS}
