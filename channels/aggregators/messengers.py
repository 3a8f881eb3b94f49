"""The messengers behind an aggregator, by the names that aggregators give them."""

from __future__ import annotations

from posixpath import basename
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from channels.messages import SentFile, phones_of, safe_name, type_of
from intake.inquiry import Sender

_NAMES = (
    # the first that begins the aggregator's word wins
    ("whatsapp", "whatsapp"),
    ("whatsgroup", "whatsapp"),
    ("waba", "whatsapp"),
    ("wapi", "whatsapp"),
    ("wa_", "whatsapp"),
    ("viber", "viber"),
    ("tele", "telegram"),
    ("tg", "telegram"),
    ("insta", "instagram"),
    ("vk", "vk"),
    ("facebook", "facebook"),
    ("fb", "facebook"),
    ("messenger", "facebook"),
    ("avito", "avito"),
    ("max", "max"),
    ("ok", "ok"),
    ("odnoklassniki", "ok"),
)
_BY_PHONE = frozenset(("whatsapp", "viber"))
_KINDS = {
    "image": ("image.jpg", "image/jpeg"),
    "photo": ("image.jpg", "image/jpeg"),
    "video": ("video.mp4", "video/mp4"),
    "audio": ("audio.ogg", "audio/ogg"),
    "voice": ("audio.ogg", "audio/ogg"),
    "sticker": ("sticker.webp", "image/webp"),
}
"""By the sort of file: the name and the media type when its address tells none."""


class Correspondent(NamedTuple):
    """A client as an aggregator names them: their id in a messenger, and what else it knows."""

    messenger: str
    id: str
    name: str = ""
    phone: str = ""

    def sender(self, region: str) -> Sender:
        """The sender this is. An id is a phone only in messengers where it must be one."""
        told = self.phone if any(map(str.isdigit, self.phone)) else ""
        phones = phones_of(told, region)
        if self.messenger in _BY_PHONE and self.id.isdigit():
            phones = tuple(dict.fromkeys((*phones_of(self.id, region), *phones)))
        return Sender(name=self.name, phones=phones, handles={self.messenger: self.id} if self.id else {})


def messenger_of(word: str) -> str:
    """Our name of a messenger for an aggregator's word; a word we do not know stays as it is."""
    plain = word.strip().lower()
    return next((name for start, name in _NAMES if plain.startswith(start)), plain)


def linked_file(url: str, sort: str = "") -> SentFile:
    """The file behind an address, named and typed as its address or its sort tells."""
    try:
        told = safe_name(unquote(basename(urlsplit(url).path)))
    except ValueError:
        told = ""
    usual, kind = _KINDS.get(sort.lower(), ("file", "application/octet-stream"))
    if "." not in told:  # an address that ends with an id names nothing
        return SentFile(usual, kind, 0, url)
    return SentFile(told, type_of(told, kind), 0, url)
