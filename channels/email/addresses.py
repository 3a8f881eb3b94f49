"""E-mail addresses out of headers, strictly: what cannot be read in one way only is not an address.

Python 3.11's own reader takes `alice@corp.ru)bob@evil.ru` for alice (CVE-2023-27043).
Format: RFC 5322 section 3.4, with the liberties that real mailers take.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from channels.email.headers import decode_words
from intake.contact import find_emails

_LONGEST = 20_000
_MOST = 200
_LOCAL = r"(?:[^\s@<>(),;:\\\"\[\]\x00-\x20]{1,64}|\"[^\"\\\r\n]{1,62}\")"
_DOMAIN = r"(?:(?:[^\W_](?:[\w-]{0,61}[^\W_])?)(?:\.[^\W_](?:[\w-]{0,61}[^\W_])?){0,10}\.?|\[[\da-fA-F:.IPv]{3,45}\])"
_ADDRESS = re.compile(rf"{_LOCAL}@{_DOMAIN}")
_VIA = re.compile(r"\s+(?:via|через|через сервис)\s+[^<>]{1,80}$", re.IGNORECASE)
_ROBOT = re.compile(
    r"(?:no|not|do-?not|dont|never)[-_.]?(?:reply|respond|answer)|noanswer|auto[-_.]?(?:reply|responder|otvet|mail)"
    r"|mailer[-_.]?daemon|bounces?|notif(?:y|ication|ications|ier)|alerts?|robot|mailer|mailbot|daemon|cron"
    r"|word-?press|www(?:-data)?|apache|nginx|httpd?|nobody|root|bitrix|newsletter|rassylka|uvedomlenie",
    re.IGNORECASE,
)
_NO_REPLY = re.compile(
    r"(?:no|do-?not)[-_.]?(?:reply|respond|answer)|mailer-?daemon|unsubscribe|auto-?reply", re.IGNORECASE
)
_SITE = re.compile(
    r"site|website|webmaster|web|forms?|web-?forms?|feedback|leads?|server|system|admin|bot|zayavk[ai]|"
    r"zakaz|order|info"
    r"|hosting|callback|landing|quiz",
    re.IGNORECASE,
)


class Mailbox(NamedTuple):
    """A person's address, lower-cased, and the name written beside it ("" when there is none)."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """The domain of the address."""
        return self.address.rpartition("@")[2]


class AddressList(NamedTuple):
    """The mailboxes of a header; `clean` is False when some of it could not be read strictly."""

    mailboxes: tuple[Mailbox, ...]
    clean: bool


def read_address(text: str) -> str:
    """The one address that `text` is, lower-cased, its domain in ASCII where it can be; "" when it is none."""
    text = text.strip().strip("'").removeprefix("mailto:").removeprefix("MAILTO:").strip()
    if not _ADDRESS.fullmatch(text):
        return ""
    local, _, domain = text.lower().rstrip(".").rpartition("@")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    return f"{local}@{domain}"


def parse_addresses(value: str) -> AddressList:
    """The mailboxes of an address header (undecoded: encoded words never make structure)."""
    found: list[Mailbox] = []
    clean = True
    for piece in _pieces(value[:_LONGEST]):
        if not piece.text.strip() and not piece.angles and not piece.comments:
            continue
        mailbox, fits = _mailbox(piece)
        clean = clean and fits
        if mailbox and len(found) < _MOST:
            found.append(mailbox)
    return AddressList(tuple(found), clean)


class _Piece(NamedTuple):
    """One entry of a list, taken apart: words outside of everything, <...> contents, (...) contents."""

    text: str
    angles: tuple[str, ...]
    comments: tuple[str, ...]
    balanced: bool


def _pieces(value: str) -> list[_Piece]:
    scanner = _Scanner()
    for char in value:
        scanner.take(char)
    scanner.close()
    return scanner.pieces


class _Scanner:
    """Cuts an address list at its commas, one character after the other."""

    def __init__(self) -> None:
        self.pieces: list[_Piece] = []
        self._reset()

    def _reset(self) -> None:
        self._text: list[str] = []
        self._angle: list[str] | None = None
        self._comment: list[str] = []
        self._angles: list[str] = []
        self._comments: list[str] = []
        self._depth = 0
        self._quoted = False
        self._escaped = False
        self._balanced = True

    def take(self, char: str) -> None:
        """The next character."""
        if self._escaped:
            self._escaped = False
            self._put(char)
        elif char == "\\" and (self._quoted or self._depth):
            self._escaped = True
        elif char == '"' and not self._depth:
            self._quoted = not self._quoted
            self._put(char)
        elif self._quoted:
            self._put(char)
        elif self._depth or char in "()":
            self._in_comment(char)
        else:
            self._outside(char)

    def _in_comment(self, char: str) -> None:
        if char == "(":
            self._depth += 1
            if self._depth == 1:
                return
        elif char == ")":
            self._depth -= 1
            if self._depth < 0:
                self._depth = 0
                self._balanced = False
                self._put(char)
                return
            if self._depth == 0:
                self._comments.append("".join(self._comment))
                self._comment = []
                return
        self._comment.append(char)

    def _outside(self, char: str) -> None:
        if char == "<" and self._angle is None:
            self._angle = []
        elif char == ">" and self._angle is not None:
            self._angles.append("".join(self._angle))
            self._angle = None
        elif char in ",;" and self._angle is None:
            self.close()
        elif char == ":" and self._angle is None and "@" not in "".join(self._text[-80:]):
            self._text = []  # a group's name
        else:
            self._put(char)

    def _put(self, char: str) -> None:
        target = self._comment if self._depth else self._text if self._angle is None else self._angle
        target.append(char)

    def close(self) -> None:
        """The end of an entry."""
        if self._angle is not None:
            self._angles.append("".join(self._angle))
            self._balanced = False
        if self._depth or self._quoted:
            self._balanced = False
            self._text += self._comment
        piece = _Piece("".join(self._text), tuple(self._angles), tuple(self._comments), self._balanced)
        self.pieces.append(piece)
        self._reset()


def _mailbox(piece: _Piece) -> tuple[Mailbox | None, bool]:
    """The mailbox of an entry and whether it was read strictly."""
    addresses = [address for inner in piece.angles if (address := _read_angle(inner))]
    if len(set(addresses)) == 1:
        return Mailbox(_name(piece.text, piece.comments, addresses[0]), addresses[0]), piece.balanced
    if addresses:  # two different addresses: nobody knows which one the server believed
        return None, False
    bare = read_address(piece.text) if piece.balanced else ""
    if bare:
        return Mailbox(_name("", piece.comments, bare), bare), True
    decoded = decode_words(piece.text)
    written = find_emails(f"{decoded} {' '.join(piece.angles)}")
    if len(written) == 1 and piece.balanced:
        rest = decoded.replace(written[0], "")
        return Mailbox(_name(rest, (), written[0]), written[0]), False
    return None, False


def _read_angle(inner: str) -> str:
    """The address between < and >: source routes and spaces around its signs are skipped."""
    return read_address(re.sub(r"\s{0,20}([@.])\s{0,20}", r"\1", inner.rpartition(":")[2]))


def _name(words: str, comments: Iterable[str], address: str) -> str:
    """The name beside an address, without quotes; a name that looks like an address is none."""
    text = decode_words(words.strip()) or next(iter(map(decode_words, comments)), "")
    return person_name(text, address)


def person_name(text: str, address: str = "") -> str:
    """A name as it may be shown: one line, no quotes around it, "" when it is an address or a mailer's words."""
    text = " ".join(text.replace('"', " ").split()).strip(" '`«»<>,;:")
    text = _VIA.sub("", text).strip(" '`\"")
    if "@" in text or text.lower() == address.lower():
        return ""
    return text[:200] if any(char.isalpha() for char in text) else ""


def is_robot_address(address: str) -> bool:
    """Whether nobody reads this address, by its own name: no-reply, mailer-daemon, wordpress..."""
    local = address.rpartition("@")[0]
    words = re.split(r"[-_.+=\d]+", local)
    return any(map(_ROBOT.fullmatch, (local, *words))) or bool(_NO_REPLY.search(local))


def is_site_address(address: str) -> bool:
    """Whether a site may send its forms from this address; people use such names as well."""
    words = re.split(r"[-_.+=\d]+", address.rpartition("@")[0])
    return is_robot_address(address) or any(map(_SITE.fullmatch, words))
