"""Who posted a form and what they want, read out of its fields; nothing is invented, nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from channels.forms.names import Meaning, Role, meaning_of
from channels.forms.posted import Pair
from intake.contact import Phone, find_emails, find_phones, read_email, read_phone
from intake.inquiry import Attribution, Sender

_PHONE_LIKE = re.compile(r"[\d\s()+\-–—.,/;:#*]{5,}|(?:[\d\s()+\-–—.]|доб|ext|тел|tel|[.:#])*", re.IGNORECASE)
_SAYS_NOTHING = frozenset(
    ("0", "1", "-", "no", "yes", "on", "off", "true", "false", "да", "нет", "null", "undefined")
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_HANDLE = re.compile(r"(?:https?://)?(?:t\.me/|telegram\.me/|vk\.com/)?@?([A-Za-z][A-Za-z0-9_.]{3,63})/?")
_ADDRESS = re.compile(r"\S*@\S*")
_SPACES = re.compile(r"\s+")
_GENERIC = re.compile(
    r"(?:input|text|textarea|field|value|поле|data|q|question|item|answer|form)?[\W\d_]*", re.I
)
_LONGEST_VALUE = 100_000
_LONGEST_FIELD = 10_000
_MOST_CONTACTS = 10


@dataclass(frozen=True, slots=True)
class Visitor:
    """What a form's fields tell. `fields` is what they had beyond the rest, in their order."""

    sender: Sender
    subject: str
    text: str
    service: str
    attribution: Attribution
    fields: Mapping[str, str]


def read_visitor(
    pairs: Iterable[Pair], own: Mapping[str, Role], region: str, our_phones: frozenset[str]
) -> Visitor:
    """The visitor of a form. `own` maps a site's own field names to what they tell, ahead of the alias
    table; `region` is for phones without a country; `our_phones` are never a visitor's."""
    reading = _Reading(region, our_phones)
    pairs = [(name, clean(value)) for name, value in pairs]
    chosen = {role for name, value in pairs if value and (role := own.get(name))}
    for name, value in pairs:
        if not value:
            continue
        role = own.get(name)
        meaning = Meaning(role) if role else meaning_of(name)
        # where the account names the field, another with a similar name is only a field
        reading.take(name, value, None if meaning and not role and meaning.role in chosen else meaning)
    return reading.finish()


def clean(value: str) -> str:
    """A value without control characters and outer blanks, cut where no visitor writes on."""
    value = value.strip()[:_LONGEST_VALUE]
    if not value.isprintable():
        value = _CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    return value.strip()


@dataclass(slots=True)
class _Reading:
    """One form while it is read."""

    region: str
    our_phones: frozenset[str]
    names: dict[Role, str] = field(default_factory=dict)
    phones: dict[str, str] = field(default_factory=dict)
    emails: dict[str, None] = field(default_factory=dict)
    handles: dict[str, str] = field(default_factory=dict)
    single: dict[Role, str] = field(default_factory=dict)
    utm: dict[str, str] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)

    def take(self, name: str, value: str, meaning: Meaning | None) -> None:
        """Read one field that is not blank."""
        if meaning is None:
            self.keep(name, value)
            return
        read = _READERS.get(meaning.role)
        if read is not None:
            read(self, name, value, meaning)

    def keep(self, name: str, value: str) -> None:
        """Among the fields that the site alone understands; the values of a repeated name are joined."""
        value = value if len(value) <= _LONGEST_FIELD else f"{value[:_LONGEST_FIELD]}…"
        self.fields[name] = f"{self.fields[name]}, {value}" if name in self.fields else value

    def add_phone(self, phone: Phone) -> None:
        """One more number, unless it is ours."""
        if phone.number not in self.our_phones and len(self.phones) < _MOST_CONTACTS:
            self.phones.setdefault(phone.number, phone.extension)

    def add_contacts(self, value: str) -> bool:
        """The phones and addresses that `value` is made of; False if there are none."""
        emails: tuple[str, ...] = ()
        if "@" in value:
            alone = read_email(value) if not any(map(str.isspace, value)) else None
            emails = (alone,) if alone else find_emails(value)[:_MOST_CONTACTS]
            value = "" if alone else _ADDRESS.sub(" ", value).strip(" ,;/")
        phones = read_phones(value, self.region)
        for phone in phones:
            self.add_phone(phone)
        self.emails.update(dict.fromkeys(emails))
        return bool(phones or emails)

    def finish(self) -> Visitor:
        """What was read, as a value."""
        self._search()
        page, referrer = self.single.get(Role.PAGE, ""), self.single.get(Role.REFERRER, "")
        return Visitor(
            sender=Sender(
                name=_full_name(self.names),
                phones=tuple(self.phones),
                extensions=tuple(extension for extension in self.phones.values() if extension),
                emails=tuple(self.emails),
                handles=self.handles,
                company=self.single.get(Role.COMPANY, ""),
                inn=self.single.get(Role.INN, ""),
            ),
            subject=self.single.get(Role.SUBJECT, ""),
            text="\n".join([*self.messages, *self.unread]),
            service=self.single.get(Role.SERVICE, ""),
            attribution=Attribution(self.utm, page, referrer, self.single.get(Role.CLICK, "")),
            fields=self.fields,
        )

    def _search(self) -> None:
        """Without a contact in its own field, look where visitors write it instead."""
        if not self.phones:
            for text in self.messages:
                if sum(map(str.isdigit, text)) >= 7:
                    for phone in find_phones(text, self.region)[:_MOST_CONTACTS]:
                        self.add_phone(phone)
        if not self.emails:
            for text in self.messages:
                self.emails.update(dict.fromkeys(find_emails(text)[:_MOST_CONTACTS] if "@" in text else ()))
        if not self.phones and not self.emails:
            self._search_fields()

    def _search_fields(self) -> None:
        for name, value in list(self.fields.items()):
            # 79161234567 in a field of an unknown name may be an order's number; +7 (916) ... is a phone
            telling = _GENERIC.fullmatch(name) or not value.isdecimal()
            if telling and looks_like_contact(value) and self.add_contacts(value):
                del self.fields[name]


def read_phones(value: str, region: str) -> tuple[Phone, ...]:
    """The numbers that a phone field holds: usually one, with an extension perhaps; words around are skipped."""
    if len(value) <= 40 and not any(map(str.isalpha, value)):
        phone = read_phone(value, region)
        if phone:
            return (phone,)
    if sum(map(str.isdigit, value[:500])) < 7:
        return ()
    found = find_phones(value[:500], region)
    if not found and _PHONE_LIKE.fullmatch(value):
        phone = read_phone(value, region)
        return (phone,) if phone else ()
    return found


def looks_like_contact(value: str) -> bool:
    """Whether a value of unknown meaning is nothing but a phone number or an e-mail address."""
    if "@" in value:
        return read_email(value) is not None
    return (
        10 <= sum(map(str.isdigit, value[:40])) <= 15
        and len(value) <= 30
        and bool(_PHONE_LIKE.fullmatch(value))
    )


def _full_name(names: Mapping[Role, str]) -> str:
    parts = (names.get(Role.FIRST, ""), names.get(Role.MIDDLE, ""), names.get(Role.LAST, ""))
    whole = names.get(Role.NAME, "")
    if whole:
        # "name" beside a surname is a first name
        parts = (whole, "", parts[2] if parts[2] and parts[2] not in whole else "")
    return " ".join(part for part in parts if part)[:200]


def _read_name(reading: _Reading, name: str, value: str, meaning: Meaning) -> None:
    if sum(map(str.isdigit, value)) >= 7 or "@" in value:
        reading.add_contacts(value)
        value = _without_contacts(value)
    value = _SPACES.sub(" ", value).strip(" ,;:-")
    if not value:
        return
    if meaning.role in reading.names:
        reading.keep(name, value)
    else:
        reading.names[meaning.role] = value


def _without_contacts(value: str) -> str:
    words = (word for word in value.split() if "@" not in word)
    return " ".join(word for word in words if not re.search(r"\d", word) and word.strip("+()-–—."))


def _read_contact(reading: _Reading, name: str, value: str, meaning: Meaning) -> None:
    if reading.add_contacts(value):
        return
    handle = (
        _HANDLE.fullmatch(value)
        if meaning.role is Role.CONTACT and ("@" in value or "t.me/" in value)
        else None
    )
    if handle:
        reading.handles["vk" if "vk.com" in value else "telegram"] = f"@{handle[1].lower()}"
        return
    reading.keep(name, value)
    if value.lower() not in _SAYS_NOTHING:
        reading.unread.append(f"{name}: {value}")


def _read_handle(reading: _Reading, name: str, value: str, meaning: Meaning) -> None:
    handle = _HANDLE.fullmatch(value)
    if looks_like_contact(value):
        reading.add_contacts(value)
        reading.keep(name, value)  # that this number is in that messenger is worth knowing
        numbers = [phone.number for phone in read_phones(value, reading.region)]
        if meaning.detail == "whatsapp" and numbers and numbers[0] in reading.phones:
            reading.handles["whatsapp"] = numbers[0].lstrip("+")  # there, the number is the id
    elif handle and meaning.detail not in ("whatsapp", "viber"):
        reading.handles[meaning.detail] = f"@{handle[1].lower()}"
    elif value.isdecimal() and len(value) < 10 and meaning.detail in ("telegram", "vk"):
        reading.handles[meaning.detail] = value
    else:
        reading.keep(name, value)


def _read_message(reading: _Reading, _name: str, value: str, _meaning: Meaning) -> None:
    reading.messages.append(value)


def _read_inn(reading: _Reading, name: str, value: str, _meaning: Meaning) -> None:
    digits = value.replace(" ", "").partition("/")[0]
    if len(digits) in (10, 12) and digits.isascii() and digits.isdecimal() and Role.INN not in reading.single:
        reading.single[Role.INN] = digits
    else:
        reading.keep(name, value)


def _read_single(reading: _Reading, name: str, value: str, meaning: Meaning, longest: int = 500) -> None:
    if meaning.role in reading.single or len(value) > longest:
        reading.keep(name, value)
    else:
        reading.single[meaning.role] = _SPACES.sub(" ", value)


def _read_url(reading: _Reading, name: str, value: str, meaning: Meaning) -> None:
    if "/" in value or value.startswith("www."):
        _read_single(reading, name, value, meaning, longest=2000)
    else:
        reading.keep(name, value)


def _read_utm(reading: _Reading, name: str, value: str, meaning: Meaning) -> None:
    if meaning.detail in reading.utm or len(value) > 500:
        reading.keep(name, value)
    else:
        reading.utm[meaning.detail] = value


def _read_click(reading: _Reading, name: str, value: str, meaning: Meaning) -> None:
    reading.keep(name, value)  # its name tells whose click it is
    reading.single.setdefault(meaning.role, value[:500])


_Reader = Callable[[_Reading, str, str, Meaning], None]
# Request ids and one-time tokens are missing on purpose: the journal has the one, nobody needs the other.
_READERS: dict[Role, _Reader] = {
    Role.NAME: _read_name,
    Role.FIRST: _read_name,
    Role.LAST: _read_name,
    Role.MIDDLE: _read_name,
    Role.PHONE: _read_contact,
    Role.EMAIL: _read_contact,
    Role.CONTACT: _read_contact,
    Role.HANDLE: _read_handle,
    Role.MESSAGE: _read_message,
    Role.COMPANY: _read_single,
    Role.INN: _read_inn,
    Role.SUBJECT: _read_single,
    Role.SERVICE: _read_single,
    Role.PAGE: _read_url,
    Role.REFERRER: _read_url,
    Role.UTM: _read_utm,
    Role.CLICK: _read_click,
}
