"""Forwarded letters: who wrote the letter inside, and what it says.

The heads that mail programs put over a forwarded letter are read line by line: a marker line
(«-------- Пересылаемое сообщение --------»), then `From: / От кого: / Von:` lines or Yandex's one
line `09.08.2025, 12:00, "Иван" <ivan@ya.ru>:`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from channels.email.addresses import Mailbox, parse_addresses, person_name
from intake.contact import find_emails

_SUBJECT = re.compile(
    r"\s*(?:(?:re|на|отв|ответ|aw)(?:\[\d+\])?\s*:\s*)?\[?(?:fwd?|fw|wg|tr|rv|rif|enc|doorst|i|vs|vb|pd|"
    r"пер|пересл|перенапр|пересылка|переслать|переслано)"
    r"(?:\[\d+\])?\s*[:\]]",
    re.IGNORECASE,
)
_PREFIXES = re.compile(
    r"\A\s*(?:\[?(?:re|fwd?|fw|aw|wg|tr|rv|пер|пересл|перенапр|пересылка|отв|ответ|на)(?:\[\d+\])?\s*:\]?\s*)+",
    re.IGNORECASE,
)
_MARKER = re.compile(
    r"\s*[-=_*—–]{2,20}\s*(?:(?:begin |начало )?(?:forwarded|пересылаемо\w+|пересланн\w+|"
    r"перенаправленн\w+|переадресованн\w+|"
    r"weitergeleitete|doorgestuurd|wiadomo[śs][ćc] przekazan\w+|videresendt|vidarebefordrat|переслан\w+|"
    r"переадресован\w+)\s*(?:message|letter|e-?mail|"
    r"письм\w+|сообщени\w+|nachricht|bericht|повідомлення|лист)?|message (?:transf[ée]r[ée]|transmis)|"
    r"mensaje reenviado|messaggio inoltrato|mensagem encaminhada)"
    r"[^\n]{0,60}",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    r"\s*[-=_*—–]{2,20}\s*(?:original message|исходное (?:сообщение|письмо)|original ?nachricht|"
    r"urspr[üu]ngliche nachricht|"
    r"message d.origine|mensaje original|messaggio originale|oorspronkelijk bericht)\s*[-=_*—–]{2,20}\s*",
    re.IGNORECASE,
)
_BEGIN = re.compile(
    r"\s*(?:begin forwarded message|начало (?:переадресованного|пересланного|пересылаемого) (?:сообщения|"
    r"письма)|anfang der weitergeleiteten (?:nachricht|e-?mail)|"
    r"d[ée]but du message (?:r[ée]exp[ée]di[ée]|transf[ée]r[ée])|inizio messaggio inoltrato|"
    r"inicio del mensaje reenviado|in[íi]cio da mensagem reencaminhada|"
    r"початок листа, що пересилається|переслано от|переслал[аи]?)\s*:?\s*",
    re.IGNORECASE,
)
_END = re.compile(
    r"\s*[-=_*]{2,20}\s*(?:end of (?:the )?forwarded|конец (?:пересылаемого|пересланного))[^\n]{0,40}",
    re.IGNORECASE,
)
_LABELS = {
    "from": "from от отправитель von de da van från fra od від 发件人 寄件者 差出人 kimden expéditeur mittente",
    "to": "to кому получатель получатели an à a aan till til do para komu 收件人 宛先 kime",
    "date": "date sent дата отправлено datum gesendet envoyé enviado inviato verzonden skickat sendt data wysłano "
    "fecha надіслано 发送时间 日期 tarih",
    "subject": "subject тема betreff objet asunto oggetto onderwerp ämne emne temat assunto předmět 主题 件名 konu",
    "reply-to": "reply-to ответить",
    "cc": "cc копия копии kopie kopia dw 抄送 importance важность",
}
"""What a head's line tells -> its labels in all languages."""
_FIELD_OF = {word: field for field, words in _LABELS.items() for word in words.split()} | {
    "от кого": "from",
    "дата и время": "date",
    "обратный адрес": "reply-to",
    "antwort an": "reply-to",
}
_HEAD_LINE = re.compile(r"\s*\*{0,2}\s*([^\W\d_][\w -]{0,24}?)\s*\*{0,2}\s*[:：]\s?\*{0,2}\s?(.{0,2000})")
_YANDEX = re.compile(
    r"\s*\d{1,2}[./]\d{1,2}[./]\d{2,4},?\s\d{1,2}:\d{2}(?::\d{2})?[^,\n]{0,20},\s+(.{1,200}?<[^<>\n]{3,200}>|\S+@\S+?)\s*:?\s*$"
)
_MAILTO = re.compile(r"\s*\[mailto:([^\]\s]{3,200})\]|<mailto:([^>\s]{3,200})>", re.IGNORECASE)
_LOOK_AHEAD = 12


@dataclass(frozen=True, slots=True)
class Forward:
    """A letter within a letter: its `author`, `subject` and `body`; `note` is what stands above it."""

    note: str
    author: Mailbox
    subject: str
    body: str


def is_forward_subject(subject: str) -> bool:
    """Whether a mail program named this letter a forward."""
    return bool(_SUBJECT.match(subject))


def bare_subject(subject: str) -> str:
    """A subject without its Re: and Fwd:."""
    return _PREFIXES.sub("", subject).strip()


def find_forward(text: str, *, declared: bool) -> Forward | None:
    """The forwarded letter in `text`, or None. `declared`: its subject says that it is one; else only an
    unmistakable marker counts, for the same heads stand over quoted history."""
    lines = text.split("\n")
    for at, line in enumerate(lines[:400]):
        bare = _unquoted(line)
        marked = bool(_MARKER.fullmatch(bare) or _BEGIN.fullmatch(bare))
        if marked or (declared and _ORIGINAL.fullmatch(bare)):
            found = _read_head(lines, at + 1, lines[:at])
        elif declared and (_label(bare) == "from" or _YANDEX.match(bare)):
            found = _read_head(lines, at, lines[:at])
        else:
            continue
        if found:
            return found
    return None


def _unquoted(line: str) -> str:
    return line.lstrip("> \t\xa0|")


def _label(line: str) -> str:
    match = _HEAD_LINE.match(line)
    return _FIELD_OF.get(match[1].strip().lower(), "") if match else ""


def _read_head(lines: list[str], start: int, above: list[str]) -> Forward | None:
    """The head that begins at or just below `start`, and the body under it."""
    at = start
    while at < len(lines) and at < start + 3 and not _unquoted(lines[at]).strip():
        at += 1
    if at >= len(lines):
        return None
    yandex = _YANDEX.match(_unquoted(lines[at]))
    if yandex:
        author = _author(yandex[1])
        return _forward(above, author, "", lines[at + 1 :]) if author else None
    fields, end = _fields(lines, at)
    author = _author(fields.get("from", "")) or _author(fields.get("reply-to", ""))
    if author is None or len(fields) < 2:
        return None
    return _forward(above, author, fields.get("subject", ""), lines[end:])


def _fields(lines: list[str], start: int) -> tuple[dict[str, str], int]:
    """The labelled lines from `start` on, and where the body begins."""
    fields: dict[str, str] = {}
    last = ""
    at = start
    while at < len(lines) and at < start + _LOOK_AHEAD:
        line = _unquoted(lines[at])
        name = _label(line)
        match = _HEAD_LINE.match(line)
        if name and match:
            fields.setdefault(name, match[2].strip(" *"))
            last = name
        elif not line.strip():
            following = _unquoted(lines[at + 1]) if at + 1 < len(lines) else ""
            if "subject" in fields or not _label(following):
                break
        elif last and not fields[last]:
            fields[last] = line.strip()
        elif last in {"to", "cc", "from"} and ("@" in line or line.startswith(" ")):
            fields[last] += f" {line.strip()}"
        else:
            break
        at += 1
    return fields, at


def _author(text: str) -> Mailbox | None:
    """The person a head names; a name without an address is a person too."""
    text = _MAILTO.sub(lambda match: f" <{match[1] or match[2]}>", text).strip()
    if not text:
        return None
    read = parse_addresses(text).mailboxes
    if len(read) == 1:
        return read[0]
    written = find_emails(text)
    if written:
        return Mailbox(person_name(re.sub(r"[<\[(].*", "", text), written[0]), written[0])
    name = person_name(text)
    return Mailbox(name, "") if 1 < len(name) <= 80 else None


def _forward(above: list[str], author: Mailbox, subject: str, body: list[str]) -> Forward:
    kept = [line for line in body if not _END.fullmatch(_unquoted(line))]
    full = [line for line in kept if line.strip()]
    if full and sum(line.lstrip().startswith(">") for line in full) >= 0.8 * len(full):
        kept = [re.sub(r"^\s*> ?", "", line) for line in kept]
    return Forward("\n".join(above).strip(), author, subject, "\n".join(kept).strip("\n"))
