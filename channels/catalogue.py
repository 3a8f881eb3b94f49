"""The list of all kinds: one row a channel, written by hand, so that nothing is found by accident."""

from __future__ import annotations

from channels.aggregators.avito import CHANNEL as AVITO
from channels.aggregators.chat2desk import CHANNEL as CHAT2DESK
from channels.aggregators.jivo import CHANNEL as JIVO
from channels.aggregators.pact import CHANNEL as PACT
from channels.aggregators.umnico import CHANNEL as UMNICO
from channels.aggregators.wazzup import CHANNEL as WAZZUP
from channels.base import Channel
from channels.custom.custom import CHANNEL as CUSTOM
from channels.custom.shipped import SHIPPED
from channels.email.channel import CHANNEL as EMAIL
from channels.facebook import CHANNEL as FACEBOOK
from channels.forms.elementor import CHANNEL as ELEMENTOR
from channels.forms.form import CHANNEL as FORM
from channels.forms.meta_leads import CHANNEL as META_LEADS
from channels.forms.tilda import CHANNEL as TILDA
from channels.max import CHANNEL as MAX
from channels.telegram import CHANNEL as TELEGRAM
from channels.telephony.asterisk import CHANNEL as ASTERISK
from channels.telephony.beeline import CHANNEL as BEELINE
from channels.telephony.binotel import CHANNEL as BINOTEL
from channels.telephony.calltouch import CHANNEL as CALLTOUCH
from channels.telephony.mango import CHANNEL as MANGO
from channels.telephony.megafon import CHANNEL as MEGAFON
from channels.telephony.roistat import CHANNEL as ROISTAT
from channels.telephony.rostelecom import CHANNEL as ROSTELECOM
from channels.telephony.sipuni import CHANNEL as SIPUNI
from channels.telephony.skorozvon import CHANNEL as SKOROZVON
from channels.telephony.telphin import CHANNEL as TELPHIN
from channels.telephony.uis import CHANNEL as UIS
from channels.telephony.zadarma import CHANNEL as ZADARMA
from channels.vk import CHANNEL as VK
from channels.whatsapp import CHANNEL as WHATSAPP

CHANNELS: tuple[Channel, ...] = (
    FORM,
    EMAIL,
    TELEGRAM,
    TILDA,
    ELEMENTOR,
    META_LEADS,
    *SHIPPED,
    CUSTOM,
    VK,
    MANGO,
    UIS,
    ZADARMA,
    MEGAFON,
    SIPUNI,
    ASTERISK,
    BEELINE,
    ROSTELECOM,
    TELPHIN,
    BINOTEL,
    SKOROZVON,
    CALLTOUCH,
    ROISTAT,
    MAX,
    WHATSAPP,
    FACEBOOK,
    WAZZUP,
    AVITO,
    CHAT2DESK,
    PACT,
    UMNICO,
    JIVO,
)


def channels_by_kind() -> dict[str, Channel]:
    """The channels by the word that `kind` in an account's table says."""
    return {channel.kind: channel for channel in CHANNELS}
