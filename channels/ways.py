"""The list of the kinds that can be asked and told: apart from CHANNELS, as STREAMS is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from channels import linked
from channels.aggregators import avito_ways, wazzup_ways
from channels.base import Way
from channels.email import ways as email_ways
from channels.facebook import ways as facebook_ways
from channels.forms import meta_leads_ways
from channels.guard import Bounds
from channels.max import ways as max_ways
from channels.telegram import ways as telegram_ways
from channels.vk import ways as vk_ways
from channels.whatsapp import ways as whatsapp_ways
from intake.account import Account

WAYS: Mapping[str, Callable[[Account, Bounds], Way]] = MappingProxyType(
    {
        "email": email_ways.way_of,
        "telegram": telegram_ways.way_of,
        "vk": vk_ways.way_of,
        "max": max_ways.way_of,
        "whatsapp": whatsapp_ways.way_of,
        "wazzup": wazzup_ways.way_of,
        "facebook": facebook_ways.way_of,
        "avito": avito_ways.way_of,
        "chat2desk": linked.way_of,
        "umnico": linked.way_of,
        "pact": linked.way_of,
        "meta-leads": meta_leads_ways.way_of,
    }
)
"""How an account's way is made, by its kind; the bounds are for files. Kinds that are not here only tell."""
