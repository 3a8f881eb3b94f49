"""Form letters: a site's robot wrote them, but the visitor in them is who asks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from channels.email.addresses import is_robot_address, is_site_address, parse_addresses, person_name
from channels.email.automatic_words import SUBJECT_SURE
from channels.email.form_labels import CONTACT_FIELDS, PERSON_FIELDS, field_of
from channels.email.form_robots import FOOTER, FORM_SUBJECT, known_robot
from channels.email.letter import Letter
from channels.email.ours import Ours, is_house_mail
from channels.email.signature import is_inn, phones_in
from channels.email.text import html_to_text
from intake.account import Company
from intake.contact import Phone, find_emails, find_phones, read_phone
from intake.inquiry import Attribution, Sender

_LONGEST_TEXT = 60_000
_LONGEST_LINE = 5_000
_MOST_PAIRS = 150
_COLON = re.compile(r"\s*(?:[-•·●▪►*–—]\s+)?([^:：\n]{1,80}+)[:：]\**(?!//)\s*(.*)")
_DASH = re.compile(
    r"\s*\**([^\n=|\t—–-]{1,60}?(?:-[^\n=|\t—–-]{1,20})?)\**\s*(?:\s[-—–]{1,2}|=|\t+|\s\|)\s*(.*)"
)
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
_SEVERAL = re.compile(r"[,;|]\s+(?=[^\W\d_][\w-]{1,24}(?:\s[\w-]{1,24})?\s?:\s)")
_RULE = re.compile(r"\s*[*=_~-]{3,100}\s*")
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
        "гость",
    }
)


@dataclass(slots=True)
class Pair:
    """One field of a form letter. `lines` counts the lines it took."""

    label: str
    meaning: str
    value: list[str] = field(default_factory=list)
    lines: int = 1

    @property
    def text(self) -> str:
        """Its value."""
        return "\n".join(self.value).strip()


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
        pairs, share = read_pairs(text)
        if _is_form(letter, sender, pairs, share, ours):
            return _visitor(letter, sender, pairs, text, ours, company)
    return None


def read_pairs(text: str) -> tuple[list[Pair], float]:
    """The labelled lines of a letter, and which share of its full lines they are."""
    reader = _PairReader()
    for line in text[:_LONGEST_TEXT].split("\n"):
        pieces = _SEVERAL.split(line) if len(line) <= _LONGEST_LINE else [line]
        labels = sum(bool(field_of(piece.partition(":")[0])) for piece in pieces) if len(pieces) > 1 else 0
        for piece in pieces if labels > 1 else [line]:
            reader.take(piece)
        if len(reader.pairs) >= _MOST_PAIRS:
            break
    used = sum(pair.lines for pair in reader.pairs if pair.value or pair.meaning)
    return reader.pairs, used / max(used + reader.loose, 1)


class _PairReader:
    """Reads a form letter line by line."""

    def __init__(self) -> None:
        self.pairs: list[Pair] = []
        self.loose = 0
        self._open: Pair | None = None
        self._blank = False
        self._ended = False

    def take(self, line: str) -> None:
        """The next line."""
        if not line.strip():
            self._blank_line()
            return
        if self._waits() and _RULE.fullmatch(line):
            return
        if FOOTER.match(line):
            self._open = None
            self._ended = True
            return
        if line.lstrip().startswith(">"):
            return
        pair = self._pair(line) if len(line) <= _LONGEST_LINE else None
        if pair:
            self.pairs.append(pair)
            self._open = pair
        elif self._open and (not self._open.value or self._open.meaning == "message"):
            if self._blank and self._open.value:
                self._open.value.append("")
            self._open.value.append(line.strip())
            self._open.lines += 1
        elif not self._ended:
            self._open = None
            self.loose += 1
        self._blank = False

    def _blank_line(self) -> None:
        self._blank = True
        if self._open and self._open.value and self._open.meaning != "message":
            self._open = None

    def _pair(self, line: str) -> Pair | None:
        match = _COLON.fullmatch(line)
        if match:
            meaning = field_of(match[1])
            if meaning or self._may_start(match[1]):
                return Pair(match[1].strip(), meaning, [match[2].strip()] if match[2].strip() else [])
        match = _DASH.fullmatch(line)
        meaning = field_of(match[1]) if match else ""
        if match and meaning and not self._waits():
            return Pair(match[1].strip(), meaning, [match[2].strip()] if match[2].strip() else [])
        alone = field_of(line) if len(line) < 60 and not self._waits() else ""
        return Pair(line.strip(), alone) if alone else None

    def _waits(self) -> bool:
        """Whether the label above still has no value."""
        return self._open is not None and not self._open.value and not self._blank

    def _may_start(self, label: str) -> bool:
        """Whether an unknown label begins a field of its own rather than goes on with the visitor's words."""
        if len(label.split()) > 8 or re.search(r"[.;!]\s", label) or re.search(r"\d$", label.strip()):
            return False
        if self._open is not None and self._open.meaning == "message":
            return (
                not self._blank
                and bool(self._open.value)
                and len(label.split()) <= 3
                and label.strip()[:1].isupper()
            )
        return True


def _is_form(letter: Letter, sender: str, pairs: list[Pair], share: float, ours: Ours) -> bool:
    """Whether these pairs are a robot's form: the better the robot is known, the fewer fields are enough."""
    meanings = {pair.meaning for pair in pairs if pair.text}
    contact = bool(meanings & CONTACT_FIELDS) and _has_contact(pairs)
    named = bool(meanings & PERSON_FIELDS)
    said = "message" in meanings
    machine = is_site_address(sender) or is_house_mail(sender, letter, ours) or not sender
    if known_robot(letter, sender) and (contact or (named and said)):
        return machine or share >= 0.3
    subject = bool(FORM_SUBJECT.search(letter.subject))
    if machine and contact:
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
    letter: Letter, robot_address: str, pairs: list[Pair], text: str, ours: Ours, company: Company
) -> FormLetter:
    by_meaning: dict[str, list[str]] = {}
    for pair in pairs:
        if pair.text.lower() not in _EMPTY:
            by_meaning.setdefault(pair.meaning, []).append(pair.text)
    emails = _emails(letter, robot_address, by_meaning, ours)
    phones = _phones(by_meaning, company)
    inn = next(
        (digits for value in by_meaning.get("inn", []) if is_inn(digits := re.sub(r"\D", "", value))), ""
    )
    person = Sender(
        name=_name(by_meaning),
        phones=tuple(dict.fromkeys(number for number, _ in phones)),
        extensions=tuple(dict.fromkeys(extension for _, extension in phones if extension)),
        emails=emails,
        handles={"telegram": by_meaning["telegram"][0].strip("@ ")} if "telegram" in by_meaning else {},
        company=next(iter(by_meaning.get("company", [])), "")[:200],
        inn=inn,
    )
    said = "\n\n".join(by_meaning.get("message", []))
    fields = {pair.label: pair.text for pair in pairs if pair.text and pair.meaning in {"", "machine"}}
    robot = known_robot(letter, robot_address) or "form"
    return FormLetter(person, said, fields, attribution_of(by_meaning, text), robot)


def _name(by_meaning: dict[str, list[str]]) -> str:
    whole = [
        person_name(re.sub(r"<[^<>]*>|\([^()]*@[^()]*\)", "", value.split("\n")[0]))
        for value in by_meaning.get("name", [])
    ]
    given = [part for meaning in ("first", "middle", "last") for part in by_meaning.get(meaning, [])[:1]]
    first = next((name for name in whole if name and sum(char.isdigit() for char in name) < 5), "")
    if first and by_meaning.get("last") and len(first.split()) == 1 and not by_meaning.get("first"):
        return person_name(" ".join([first, *by_meaning.get("middle", [])[:1], *by_meaning["last"][:1]]))
    return first or person_name(" ".join(given))


def _emails(
    letter: Letter, robot_address: str, by_meaning: dict[str, list[str]], ours: Ours
) -> tuple[str, ...]:
    """The visitor's addresses: from the form, else where the robot wants answers to go."""
    written = [value for meaning in ("email", "name", "phone") for value in by_meaning.get(meaning, [])]
    found = [one for value in written for one in find_emails(value)]
    if not found:
        found = [one.address for one in parse_addresses(letter.headers.get("reply-to")).mailboxes]
    if not found and not is_robot_address(robot_address) and not is_house_mail(robot_address, letter, ours):
        found = [robot_address]
    kept = [one for one in found if one not in ours and not is_robot_address(one)]
    return tuple(dict.fromkeys(kept))


def _phones(by_meaning: dict[str, list[str]], company: Company) -> list[tuple[str, str]]:
    found: list[Phone] = []
    for value in by_meaning.get("phone", []):
        one = read_phone(value, company.region) if "\n" not in value and "@" not in value else None
        found += [one] if one else find_phones(value, company.region)
    if not found:
        others = "\n".join(
            by_meaning.get("name", []) + by_meaning.get("email", []) + by_meaning.get("message", [])
        )
        found += phones_in(others, company.region)
    return [(number, extension) for number, extension in found if number not in company.own_phones]


def attribution_of(by_meaning: dict[str, list[str]], text: str) -> Attribution:
    """Where the visitor came from, by what the letter says."""
    utm = {f"utm_{match[1].lower()}": match[2] for match in _UTM.finditer(text[:_LONGEST_TEXT])}
    page = next((match.group() for value in by_meaning.get("page", []) if (match := _URL.search(value))), "")
    referrer = next(iter(by_meaning.get("referrer", [])), "")
    click = _CLICK_ID.search(text[:_LONGEST_TEXT])
    return Attribution(utm=utm, page_url=page, referrer=referrer[:1_000], click_id=click[1] if click else "")
