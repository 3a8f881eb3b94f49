"""Form letters: a site's robot wrote them, but the visitor in them is who asks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from channels.email.addresses import is_robot_address, is_site_address, parse_addresses, person_name
from channels.email.automatic_words import SUBJECT_SURE
from channels.email.form_labels import CONTACT_FIELDS, PERSON_FIELDS
from channels.email.form_pairs import LONGEST_FORM, Filled, Pair, read_filled
from channels.email.form_robots import FORM_SUBJECT, known_robot
from channels.email.letter import Letter
from channels.email.ours import PUBLIC_DOMAINS, Ours, is_house_mail
from channels.email.signature import is_inn, phones_in
from channels.email.text import html_to_text
from channels.email.told_by_robot import name_told
from intake.account import Company
from intake.contact import Phone, find_emails, find_phones, read_phone
from intake.inquiry import Attribution, Sender

_REPLY = re.compile(r"\s*(?:re|aw|отв|ответ|на|antw|sv|odp)(?:\[\d+\])?\s*:", re.IGNORECASE)
_SUBMITTED_REPLY = re.compile(r"auto-replied", re.IGNORECASE)
_UTM = re.compile(
    r"\butm_(source|medium|campaign|content|term)\s*[=:]\s*([^\s&<>;,\"']{1,200})", re.IGNORECASE
)
_URL = re.compile(r"https?://[^\s<>\"')\]]{3,1000}")
_CLICK_ID = re.compile(r"\b(?:yclid|gclid|fbclid|rb_clickid|ymclid)=([\w.-]{4,200})")
_HELLO = re.compile(
    r"\s*(?:добрый|доброе|доброго|здравствуй|приветствую|уважаем|hello|hi\b|dear|good (?:day|morning|afternoon))",
    re.IGNORECASE,
)
_BARE_PHONE = re.compile(r"(?:\+|8|7)[\d\s().-]{10,20}")
_EMPTY = frozenset(
    {
        "",
        "-",
        "—",
        "–",
        "нет",
        "не указано",
        "не указан",
        "не указана",
        "n/a",
        "none",
        "null",
        "пусто",
        "не заполнено",
        "не авторизован",
        "не зарегистрирован",
        "не авторизован(а)",
        "неизвестно",
        "аноним",
        "не вказано",
        "unknown",
        "anonymous",
        "guest",
        "гость",
    }
)


@dataclass(frozen=True, slots=True)
class FormLetter:
    """What a visitor filled in. `fields` holds what has no place of its own."""

    sender: Sender
    text: str
    fields: dict[str, str]
    attribution: Attribution
    robot: str


def read_form(letter: Letter, ours: Ours, company: Company) -> FormLetter | None:
    """The form in a letter, or None when it is not a robot's. Tested before any filter for automatic mail."""
    if _REPLY.match(letter.subject) or SUBJECT_SURE.match(letter.subject):
        return None
    if _SUBMITTED_REPLY.search(letter.headers.get("auto-submitted")):
        return None
    sender = next((one.address for one in parse_addresses(letter.headers.get("from")).mailboxes), "")
    if "mailer-daemon" in sender:
        return None
    texts = [letter.text] if not letter.plain or not letter.html else [letter.text, html_to_text(letter.html)]
    for text in texts:
        filled = read_filled(text)
        if _is_form(letter, sender, filled, ours):
            return _visitor(letter, sender, filled, text, ours, company)
    return None


def _is_form(letter: Letter, sender: str, filled: Filled, ours: Ours) -> bool:
    """Whether these pairs are a robot's form: the better the robot is known, the fewer fields are enough."""
    pairs, share = filled.pairs, filled.share
    meanings = {pair.meaning for pair in pairs if pair.text}
    contact = bool(meanings & CONTACT_FIELDS) and _has_contact(pairs)
    named = bool(meanings & PERSON_FIELDS)
    said = "message" in meanings
    machine = is_site_address(sender) or is_house_mail(sender, letter, ours) or not sender
    if known_robot(letter, sender) and (contact or (named and said)):
        return machine or share >= 0.3
    subject = bool(FORM_SUBJECT.search(letter.subject))
    if machine and (contact or (sender and named and said)):
        return share >= 0.3 and (subject or named or said)
    if subject:
        return contact and (named or said) and share >= 0.5
    greeting = any(_HELLO.match(line) for line in letter.text.split("\n")[:5])
    return contact and named and share >= 0.75 and not greeting and len(pairs) >= 3


def _has_contact(pairs: list[Pair]) -> bool:
    """Whether one of the contact fields holds something that may be a contact."""
    values = [pair.text for pair in pairs if pair.meaning in CONTACT_FIELDS]
    return any("@" in value or sum(char.isdigit() for char in value) >= 5 for value in values)


def _visitor(
    letter: Letter, robot_address: str, filled: Filled, text: str, ours: Ours, company: Company
) -> FormLetter:
    by_meaning: dict[str, list[str]] = {}
    for pair in filled.pairs:
        if pair.text.lower() not in _EMPTY:
            by_meaning.setdefault(pair.meaning, []).append(pair.text)
    emails = _emails(letter, robot_address, by_meaning, ours)
    phones = _phones(by_meaning, company)
    inn = next(
        (digits for value in by_meaning.get("inn", []) if is_inn(digits := re.sub(r"\D", "", value))), ""
    )
    person = Sender(
        name=_name(by_meaning) or name_told(letter.subject, text) or _name_to_answer(letter, emails),
        phones=tuple(dict.fromkeys(number for number, _ in phones)),
        extensions=tuple(dict.fromkeys(extension for _, extension in phones if extension)),
        emails=emails,
        handles={"telegram": by_meaning["telegram"][0].strip("@ ")} if "telegram" in by_meaning else {},
        company=next(iter(by_meaning.get("company", [])), "")[:200],
        inn=inn,
    )
    said = "\n\n".join(by_meaning.get("message", [])) or _besides(filled.unlabelled)
    fields = {pair.label: pair.text for pair in filled.pairs if pair.text and pair.meaning in {"", "machine"}}
    robot = known_robot(letter, robot_address) or "form"
    return FormLetter(person, said, fields, attribution_of(by_meaning, text), robot)


def _besides(lines: list[str]) -> str:
    """What a form without a message says outside its fields: an order's rows, a quiz's answers."""
    kept = [line for line in lines if not _HELLO.match(line) and not _URL.fullmatch(line)]
    return "\n".join(kept).strip()


def _name(by_meaning: dict[str, list[str]]) -> str:
    whole = [
        person_name(re.sub(r"<[^<>]*>|\([^()]*@[^()]*\)", "", value.split("\n")[0]))
        for value in by_meaning.get("name", [])
    ]
    given = [part for meaning in ("first", "middle", "last") for part in by_meaning.get(meaning, [])[:1]]
    first = next((name for name in whole if name and sum(char.isdigit() for char in name) < 5), "")
    if first and by_meaning.get("last") and len(first.split()) == 1 and not by_meaning.get("first"):
        return person_name(" ".join([first, *by_meaning.get("middle", [])[:1], *by_meaning["last"][:1]]))
    if first and by_meaning.get("first") and len(first.split()) == 1 and first not in given:
        return person_name(f"{given[0]} {first}")  # French sites ask for "Nom" and "Prénom"
    return first or person_name(" ".join(given))


def _name_to_answer(letter: Letter, emails: tuple[str, ...]) -> str:
    """The name beside the visitor's address in Reply-To."""
    named = parse_addresses(letter.headers.get("reply-to")).mailboxes
    return next((person_name(one.name) for one in named if one.address in emails), "")


def _emails(
    letter: Letter, robot_address: str, by_meaning: dict[str, list[str]], ours: Ours
) -> tuple[str, ...]:
    """The visitor's addresses: from the form, else where the robot wants answers to go."""
    written = [value for meaning in ("email", "name", "phone") for value in by_meaning.get(meaning, [])]
    found = [one for value in written for one in find_emails(value)]
    if not found:
        found = [one.address for one in parse_addresses(letter.headers.get("reply-to")).mailboxes]
    if not found and _writes_from_home(letter, robot_address, by_meaning):
        found = [robot_address] if not is_house_mail(robot_address, letter, ours) else []
    house = robot_address.rpartition("@")[2] if is_site_address(robot_address) else ""
    house = "" if house in PUBLIC_DOMAINS else house
    kept = [
        one
        for one in found
        if one not in ours and not is_robot_address(one) and not (house and one.endswith(f"@{house}"))
    ]
    return tuple(dict.fromkeys(kept))


def _writes_from_home(letter: Letter, address: str, by_meaning: dict[str, list[str]]) -> bool:
    """Whether a form came from the visitor's own address: a public mail's, or one under the visitor's name."""
    if is_site_address(address):
        return False
    shown = next((one.name for one in parse_addresses(letter.headers.get("from")).mailboxes), "")
    same = set(shown.lower().split()) & set(_name(by_meaning).lower().split())
    return bool(same) or address.rpartition("@")[2] in PUBLIC_DOMAINS


def _phones(by_meaning: dict[str, list[str]], company: Company) -> list[tuple[str, str]]:
    found: list[Phone] = []
    for value in by_meaning.get("phone", []):
        one = read_phone(value, company.region) if "\n" not in value and "@" not in value else None
        found += [one] if one else find_phones(value, company.region)
    if not found:
        bare = [value for value in by_meaning.get("", []) if _BARE_PHONE.fullmatch(value)]
        found += [one for value in bare if (one := read_phone(value, company.region))][:1]
    if not found:
        others = "\n".join(
            by_meaning.get("name", []) + by_meaning.get("email", []) + by_meaning.get("message", [])
        )
        found += phones_in(others, company.region)
    return [(number, extension) for number, extension in found if number not in company.own_phones]


def attribution_of(by_meaning: dict[str, list[str]], text: str) -> Attribution:
    """Where the visitor came from, by what the letter says."""
    utm = {f"utm_{match[1].lower()}": match[2] for match in _UTM.finditer(text[:LONGEST_FORM])}
    page = next((match.group() for value in by_meaning.get("page", []) if (match := _URL.search(value))), "")
    referrer = next(iter(by_meaning.get("referrer", [])), "")
    click = _CLICK_ID.search(text[:LONGEST_FORM])
    return Attribution(utm=utm, page_url=page, referrer=referrer[:1_000], click_id=click[1] if click else "")
