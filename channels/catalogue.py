"""The list of all kinds: one row a channel, written by hand, so that nothing is found by accident."""

from __future__ import annotations

from channels.base import Channel
from channels.email.channel import CHANNEL as EMAIL
from channels.forms.elementor import CHANNEL as ELEMENTOR
from channels.forms.form import CHANNEL as FORM
from channels.forms.meta_leads import CHANNEL as META_LEADS
from channels.forms.tilda import CHANNEL as TILDA
from channels.telegram import CHANNEL as TELEGRAM
from channels.vk import CHANNEL as VK

CHANNELS: tuple[Channel, ...] = (FORM, EMAIL, TELEGRAM, TILDA, ELEMENTOR, META_LEADS, VK)


def channels_by_kind() -> dict[str, Channel]:
    """The channels by the word that `kind` in an account's table says."""
    return {channel.kind: channel for channel in CHANNELS}
