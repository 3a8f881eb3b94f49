"""The settings a configuration file holds, checked and typed; secrets in them do not show when printed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from ipaddress import ip_network
from types import MappingProxyType
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from phonenumbers import SUPPORTED_REGIONS
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from config.calendars import Country, Hours, Span
from config.faults import unfit

_SECRET_NAME = re.compile(r"key|token|secret|password|salt", re.IGNORECASE)
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}")


def _an_id(value: str) -> str:
    if not _ID.fullmatch(value):
        raise unfit("is no id", "use up to 64 Latin letters, digits, dots, dashes and underscores")
    return value


def _a_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, LookupError):
        raise unfit(
            'no time zone is called "{value}"', 'write it like "Europe/Moscow"', value=value
        ) from None
    return value


def _a_region(value: str) -> str:
    if value not in SUPPORTED_REGIONS:
        raise unfit('no region is called "{value}"', 'write two capital letters, like "RU"', value=value)
    return value


def _a_url(*schemes: str) -> AfterValidator:
    """A check that a text is "" or an address of one of the schemes. What is wrong is told without the
    value: an address may hold a password."""

    def check(value: str) -> str:
        if not value:
            return value
        try:
            parts = urlsplit(value)
            known = parts.scheme in schemes and (bool(parts.hostname) or parts.scheme in ("sqlite", "unix"))
            _ = parts.port
        except ValueError:
            known = False
        if not known:
            raise unfit(
                "is no address that fits here",
                "write it as {forms}",
                forms=", ".join(f"{one}://..." for one in schemes),
            )
        return value.rstrip("/") if parts.scheme in ("http", "https") else value

    return AfterValidator(check)


def _networks(value: tuple[str, ...]) -> tuple[str, ...]:
    for one in value:
        try:
            ip_network(one, strict=False)
        except ValueError:
            raise unfit(
                '"{value}" is no IP address or network', 'write it like "10.0.0.0/8"', value=one
            ) from None
    return value


def _texts_of_numbers(value: Any) -> Any:
    """Ids that people write as numbers: a chat id, an extension."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _no_bool(value: Any) -> Any:
    if isinstance(value, bool):
        raise unfit("is true or false where a number is wanted", "write a number")
    return value


Id = Annotated[str, AfterValidator(_an_id)]
Zone = Annotated[str, AfterValidator(_a_zone)]
WebUrl = Annotated[str, _a_url("https", "http")]
Proxy = Annotated[str, _a_url("socks5", "socks4", "http", "https")]
NumberText = Annotated[str, BeforeValidator(_texts_of_numbers)]
Count = Annotated[int, BeforeValidator(_no_bool), Field(ge=0)]
Amount = Annotated[float, BeforeValidator(_no_bool), Field(gt=0, allow_inf_nan=False)]
Share = Annotated[float, BeforeValidator(_no_bool), Field(gt=0, le=1)]
Messenger = Literal["telegram", "vk", "max", "email"]


class Table(BaseModel):
    """A table of the file: unknown keys are faults, values do not change once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class CompanySettings(Table):
    """Whose requests these are. `region` reads numbers without a country code; `trusted_proxies` are
    addresses or networks whose X-Forwarded-For is believed; `hours` and `holidays` are everybody's calendar,
    `head` is a manager's id."""

    name: str = ""
    region: Annotated[str, AfterValidator(_a_region)] = "RU"
    timezone: Zone = "Europe/Moscow"
    language: Literal["ru", "en"] = "ru"
    public_url: WebUrl = ""
    trusted_proxies: Annotated[tuple[str, ...], AfterValidator(_networks)] = ()
    own_domains: tuple[str, ...] = ()
    own_phones: tuple[str, ...] = ()
    hours: tuple[Hours, ...] = ()
    holidays: Country = ""
    head: str = ""


class DepartmentSettings(Table):
    """A department; `head` is a manager's id, `timezone`, `hours` and `holidays` are empty where the company's
    hold."""

    id: Id
    name: str = ""
    head: str = ""
    timezone: Zone | Literal[""] = ""
    hours: tuple[Hours, ...] = ()
    holidays: Country = ""


class AccountSettings(Table):
    """One way in. What its provider needs besides stands in `options`, in the provider's words, unchecked
    here: the kind's own row says what is needed."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)

    id: Id
    kind: str
    secret: SecretStr = SecretStr("")
    accept: Literal["auto", "on_take", "ask"] = "auto"
    department: str = ""
    pipeline: str = "default"
    service: str = ""
    start: Literal["now"] | datetime | date = "now"
    owner: str = ""
    silent_after_min: Count | None = None

    @property
    def options(self) -> Mapping[str, Any]:
        """The provider's settings, values of env: and file: put in. They hold secrets: never print them."""
        return MappingProxyType(self.model_extra or {})

    def secrets(self) -> set[str]:
        """The secret values it holds, by the names of their settings."""
        named = {
            value
            for name, value in self.options.items()
            if _SECRET_NAME.search(name) and isinstance(value, str)
        }
        nested = {
            value
            for table in self.options.values()
            if isinstance(table, dict)
            for name, value in table.items()
            if _SECRET_NAME.search(name) and isinstance(value, str)
        }
        return named | nested | {self.secret.get_secret_value()}

    def started_at(self, timezone: str) -> datetime | None:
        """The moment from which letters are news, in that zone if it names none; None is "now"."""
        if self.start == "now":
            return None
        if not isinstance(self.start, datetime):
            return datetime.combine(self.start, time.min, ZoneInfo(timezone))
        return self.start if self.start.tzinfo else self.start.replace(tzinfo=ZoneInfo(timezone))

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        """The fields without the options' values, which may be secrets."""
        shown: list[tuple[str | None, Any]] = [
            (name, getattr(self, name)) for name in type(self).model_fields
        ]
        return [*shown, ("options", sorted(self.options))]


class ManagerSettings(Table):
    """A person of ours. `telegram`, `vk`, `max` are chat ids; `notify` is the order in which they are
    tried, () for every contact there is. `weight` is the share among others, `capacity` how many inquiries a day
    come by turn, 0 for any number."""

    id: Id
    name: str
    telegram: NumberText = ""
    vk: NumberText = ""
    max: NumberText = ""
    email: str = ""
    extension: NumberText = ""
    department: str = ""
    notify: tuple[Messenger, ...] = ()
    timezone: Zone | Literal[""] = ""
    hours: tuple[Hours, ...] = ()
    holidays: Country = ""
    weight: Annotated[float, BeforeValidator(_no_bool), Field(ge=0, allow_inf_nan=False)] = 1.0
    capacity: Count = 0
    skills: tuple[str, ...] = ()
    quiet_hours: tuple[Span, ...] | None = None

    @property
    def contacts(self) -> dict[str, str]:
        """The contacts that are set, by messenger."""
        given = {"telegram": self.telegram, "vk": self.vk, "max": self.max, "email": self.email}
        return {name: value for name, value in given.items() if value}


class OwnersSettings(Table):
    """How an owner is found: names of strategies, in the order they are asked. `client_owner` says whether a
    returning client waits for an owner who is away; `qualifier` is a department's id."""

    rules: tuple[str, ...] = ("answered_by", "client_owner", "deal_owner", "round_robin")
    client_owner: Literal["proposed", "forced"] = "proposed"
    qualifier: str = ""


class SegmentSettings(Table):
    """A kind of inquiry, and the department that works on it, or the skills it takes. Of each list one word must
    fit; an empty one asks for nothing."""

    service: tuple[str, ...] = ()
    account: tuple[str, ...] = ()
    phone: tuple[Annotated[str, Field(pattern=r"^(\+\d{1,15}|[A-Z]{2})$")], ...] = ()
    line: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    utm: Mapping[str, str] = Field(default_factory=dict)
    language: tuple[Literal["ru", "en"], ...] = ()
    department: str = ""
    skills: tuple[str, ...] = ()


class NotifyTelegram(Table):
    """The bot that shows managers their cards."""

    token: SecretStr
    api: WebUrl = "https://api.telegram.org"
    proxy: Annotated[Proxy, Field(repr=False)] = ""
    timeout_s: Amount = 10.0


class NotifyMax(Table):
    """The same in MAX; `ca_file` holds the certificates its server is known by, where the system's own do not."""

    token: SecretStr
    api: WebUrl = "https://platform-api2.max.ru"
    proxy: Annotated[Proxy, Field(repr=False)] = ""
    ca_file: str = ""
    timeout_s: Amount = 10.0


class NotifyVk(Table):
    """The same in VK: a community whose messages the managers take, `group_id` its number."""

    token: SecretStr
    group_id: NumberText
    api: WebUrl = "https://api.vk.com"
    proxy: Annotated[Proxy, Field(repr=False)] = ""
    timeout_s: Amount = 10.0


class NotifyEmail(Table):
    """Where spare notices are posted. `sender` is the From address, `user` when it is left out;
    `ca_file` is for a server with a certificate of its own."""

    smtp: Annotated[str, _a_url("smtps", "smtp", "smtp+starttls")]
    user: str = ""
    password: SecretStr = SecretStr("")
    sender: str = ""
    ca_file: str = ""
    timeout_s: Amount = 20.0


class NotifySettings(Table):
    """How managers are told. `spare_after_s` is how long the first messenger may stay silent before the
    next one is tried; `quiet_hours` holds spans like "22:00-08:00"; at `morning_at` each manager is told
    what waits ("": never)."""

    telegram: NotifyTelegram | None = None
    max: NotifyMax | None = None
    vk: NotifyVk | None = None
    email: NotifyEmail | None = None
    chat_per_s: Amount = 1.0
    group_per_min: Amount = 20.0
    all_per_s: Amount = 30.0
    storm: Annotated[Count, Field(ge=1)] = 10
    spare_after_s: Amount = 15.0
    quiet_hours: tuple[Span, ...] = ()
    morning_at: Annotated[str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$")] = "09:00"


class IdentitySettings(Table):
    """How much evidence is enough: `same` merges, `possible` asks (in the units of docs/identity.md). A contact of
    `crowd` people says little of each; a full name is rare while at most `namesakes` bear it, and its surname at most
    the share `rare_surname` of the base (or `few` cards)."""

    same: Amount = 8.0
    possible: Amount = 1.0
    crowd: Annotated[Count, Field(ge=2)] = 6
    namesakes: Annotated[Count, Field(ge=1)] = 2
    rare_surname: Share = 1e-4
    few: Count = 10

    @model_validator(mode="after")
    def _asks_before_it_merges(self) -> IdentitySettings:
        if self.possible > self.same:
            raise unfit(
                "identity.possible is above identity.same", "make it at most as large: what asks is less sure"
            )
        return self


class PromiseSettings(Table):
    """How soon a card is taken: working minutes; `remind_at` is a share of them; `then` who is asked next."""

    take_min: Amount = 5.0
    remind_at: Share = 0.8
    then: tuple[Literal["next", "head"], ...] = ("next", "head")


class AcceptSettings(Table):
    """Inquiries that are accepted in another way than their account says. Of each list one word must fit; an empty
    one asks for nothing."""

    accept: Literal["auto", "on_take", "ask"]
    account: tuple[str, ...] = ()
    kind: tuple[Literal["form", "message", "call", "email"], ...] = ()
    identity: tuple[Literal["same", "possible", "new"], ...] = ()
    service: tuple[str, ...] = ()
    phone: tuple[Annotated[str, Field(pattern=r"^(\+\d{1,15}|[A-Z]{2})$")], ...] = ()
    line: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    utm: Mapping[str, str] = Field(default_factory=dict)
    language: tuple[Literal["ru", "en"], ...] = ()


class StageSettings(Table):
    """A stage of a pipeline. A deal in it joins no inquiries unless it `takes_inquiries`; `requires` names what must
    be known before a deal comes in."""

    id: Id
    name: str = ""
    takes_inquiries: bool = True
    requires: tuple[
        Literal["title", "amount", "service", "client", "inn", "phone", "email", "task"], ...
    ] = ()


class PipelineSettings(Table):
    """A pipeline; its first stage is where deals begin. Without stages any word is one."""

    id: Id
    name: str = ""
    stages: tuple[StageSettings, ...] = Field(default=(), alias="stage")


class DealsSettings(Table):
    """How deals end and come back: `after_lost` and `after_won` say what becomes of a client who comes again within
    `within_days`; with `approve_loss` a manager's "lost" waits for the head. `task_grace_h` hours after its owner was
    warned a deal without a task may be handed over (0: nobody is warned); at `correct_at` each manager is told which
    deals lack something ("": never)."""

    after_lost: Literal["new", "reopen", "ask"] = "new"
    after_won: Literal["new", "reopen", "ask"] = "new"
    within_days: Annotated[Count, Field(ge=1)] = 30
    approve_loss: bool = False
    task_grace_h: Annotated[float, BeforeValidator(_no_bool), Field(ge=0, allow_inf_nan=False)] = 24.0
    correct_at: Annotated[str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$")] = ""


class NotASaleSettings(Table):
    """What else happens when an inquiry is called no sale, by its reason (spam, supplier, service, accounting, staff,
    other): to whom it is passed on - a manager's id or an e-mail address -, and what is remembered of the sender."""

    forward: Mapping[str, str] = Field(default_factory=dict)
    remember: Mapping[str, Literal["sender", "domain"]] = Field(default_factory=dict)


class DigestSettings(Table):
    """The day's digest: when the day before is told ("" for never), in the company's zone, and to whom: managers'
    ids, () for the company's and the departments' heads - where none is named, the first manager."""

    at: Annotated[str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$")] = "09:00"
    to: tuple[Id, ...] = ()


class AlarmsSettings(Table):
    """When and to whom alarms are told: managers' ids, () for the company's head or the departments' heads - where
    none is named, the first manager. `fault_s` is how long a listener may fail, `silent_after_min` how long a channel
    may be silent in working time (0: as its own past has it), `untaken_min` how long after the promised time a card
    may wait, `buried` how many requests of an hour may be unreadable, `expires_days` how early an end is told; 0 in
    one of the last three: never."""

    to: tuple[Id, ...] = ()
    fault_s: Amount = 75.0
    silent_after_min: Count = 0
    untaken_min: Count = 60
    buried: Count = 3
    expires_days: Count = 14


class LimitsSettings(Table):
    """What one request may weigh, and a file that is fetched from a messenger; how many a public form takes from one
    address in a minute."""

    body_mb: Amount = 25.0
    file_mb: Amount = 20.0
    form_per_address_min: Annotated[Count, Field(ge=1)] = 30


class RetentionSettings(Table):
    """How long raw events and attachments are kept, and the free space below which an alarm is raised."""

    raw_days: Annotated[Count, Field(ge=1)] = 400
    attachments_days: Annotated[Count, Field(ge=1)] = 400
    free_disk_mb: Count = 500


class StoreSettings(Table):
    """The database. A relative SQLite path is relative to the data directory."""

    url: Annotated[str, _a_url("sqlite", "postgresql+psycopg"), Field(repr=False)] = (
        "sqlite:///lead-intake.db"
    )


class QueueSettings(Table):
    """The queue server; "" is the embedded one."""

    url: Annotated[str, _a_url("redis", "rediss", "unix"), Field(repr=False)] = ""


class Settings(Table):
    """The whole file."""

    company: CompanySettings = CompanySettings()
    departments: tuple[DepartmentSettings, ...] = Field(default=(), alias="department")
    accounts: tuple[AccountSettings, ...] = Field(default=(), alias="account")
    managers: tuple[ManagerSettings, ...] = Field(default=(), alias="manager")
    owners: OwnersSettings = OwnersSettings()
    segments: tuple[SegmentSettings, ...] = Field(default=(), alias="segment")
    notify: NotifySettings = NotifySettings()
    identity: IdentitySettings = IdentitySettings()
    promise: PromiseSettings = PromiseSettings()
    accepts: tuple[AcceptSettings, ...] = Field(default=(), alias="accept")
    pipelines: tuple[PipelineSettings, ...] = Field(default=(), alias="pipeline")
    deals: DealsSettings = DealsSettings()
    not_a_sale: NotASaleSettings = NotASaleSettings()
    digest: DigestSettings = DigestSettings()
    alarms: AlarmsSettings = AlarmsSettings()
    limits: LimitsSettings = LimitsSettings()
    retention: RetentionSettings = RetentionSettings()
    store: StoreSettings = StoreSettings()
    queue: QueueSettings = QueueSettings()

    def account(self, id_: str) -> AccountSettings | None:
        """The account of that id."""
        return next((one for one in self.accounts if one.id == id_), None)

    def secrets(self) -> frozenset[str]:
        """Every secret in the file, for the log's mask. Those of fewer than six characters are left out:
        masking them would blot out half of every line."""
        found = {value for account in self.accounts for value in account.secrets()}
        for bot in (self.notify.telegram, self.notify.max, self.notify.vk):
            if bot:
                found.add(bot.token.get_secret_value())
        if self.notify.email:
            found.add(self.notify.email.password.get_secret_value())
        for url in (self.store.url, self.queue.url):
            found.add(urlsplit(url).password or "")
        return frozenset(value for value in found if len(value) >= 6)
