"""What the messengers are told by the configuration: addresses, secrets, limits."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Limits:
    """Calls a second to a chat, a minute to a group, a second overall."""

    chat_per_s: float = 1.0
    group_per_min: float = 20.0
    all_per_s: float = 30.0


@dataclass(frozen=True, slots=True)
class TelegramOptions:
    """The managers' bot: its token, where the Bot API is, through which proxy, how long an answer may take."""

    token: str = field(repr=False)
    api: str = "https://api.telegram.org"
    proxy: str = field(default="", repr=False)
    timeout_s: float = 10.0


@dataclass(frozen=True, slots=True)
class MaxOptions:
    """The managers' bot in MAX. `ca_file` holds the certificates its server is known by, "" for the system's own."""

    token: str = field(repr=False)
    api: str = "https://platform-api2.max.ru"
    proxy: str = field(default="", repr=False)
    ca_file: str = ""
    timeout_s: float = 10.0


@dataclass(frozen=True, slots=True)
class VkOptions:
    """The community that shows managers their cards: its token, its number, where VK's API is."""

    token: str = field(repr=False)
    group_id: str
    api: str = "https://api.vk.com"
    proxy: str = field(default="", repr=False)
    timeout_s: float = 10.0


@dataclass(frozen=True, slots=True)
class EmailOptions:
    """Where letters are handed in: `smtps://host`, `smtp+starttls://host`, or `smtp://host` unencrypted.
    `sender` is the From address, `user` when it is left out; `ca_file` is for a certificate of its own."""

    smtp: str
    user: str = ""
    password: str = field(default="", repr=False)
    sender: str = ""
    ca_file: str = ""
    timeout_s: float = 20.0
    company: str = ""


@dataclass(frozen=True, slots=True)
class NotifyOptions:
    """All messengers' settings; None for one that is not configured."""

    telegram: TelegramOptions | None = None
    max: MaxOptions | None = None
    vk: VkOptions | None = None
    email: EmailOptions | None = None
    limits: Limits = Limits()
