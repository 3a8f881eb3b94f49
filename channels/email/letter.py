"""A letter: its headers, what it says, and the files that came with it."""

from __future__ import annotations

import mimetypes
import re
from dataclasses import dataclass

from tnefparse import TNEF

from channels.email.charsets import clean, decode
from channels.email.headers import Field, Headers, decode_words
from channels.email.mime import Part, split_letter, unuu
from channels.email.text import html_to_text, tidy
from intake.errors import Unreadable
from intake.inquiry import Attachment

_LONGEST_BODY = 1_000_000
"""Bytes of a body that are read: nobody wrote more by hand; the raw letter is kept whole."""
_LONGEST_TNEF = 60_000_000
_MOST_ATTACHMENTS = 200
_LOGO = 100_000
"""A picture that the HTML shows in place is a logo below this size, a photograph above."""
_TEXTS = frozenset({"text/plain", "text/html"})
_SILENT_TYPES = frozenset(
    {
        "message/delivery-status",
        "message/disposition-notification",
        "message/feedback-report",
        "text/rfc822-headers",
        "application/pgp-signature",
        "text/calendar",
        "text/x-amp-html",
        "text/enriched",
        "text/watch-html",
    }
)
"""Parts for machines: no files, unless their sender says that they are."""
_TNEF_TYPES = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_UU = re.compile(
    r"^begin 0?[0-7]{3} ([^\n]{1,200})\n((?:[ -`]{1,80}\n){0,400000}?)(?:`\n|\s?\n)?end$", re.MULTILINE
)
_ODD = re.compile("[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_NO_HTML = re.compile(
    r"(?:not|doesn.t|does not|cannot) (?:support|display|view) (?:html|this)|html[- ](?:capable|enabled|compatible)"
    r"|не поддерживает (?:html|отображение)|view (?:this|the) (?:e?-?mail|message) in (?:your|a) browser",
    re.IGNORECASE,
)
_TAGGED = re.compile(r"<(?:html|body|div|p|br|table|span)\b[^>]{0,300}>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter, read. `text` is what its reader sees (quotes and all), `html` the HTML it stands in or ""."""

    headers: Headers
    content: Field
    subject: str
    text: str
    html: str
    plain: str
    attachments: tuple[Attachment, ...]
    parts: tuple[Part, ...]

    def header(self, name: str) -> str:
        """The first header of that lower-case name, decoded, on one line; "" when it is not there."""
        return self.headers.text(name)

    def part(self, *types: str) -> Part | None:
        """The first leaf of one of these media types."""
        return next((part for part in self.parts if part.type in types), None)

    def nested(self) -> Letter | None:
        """The first letter that is attached to this one."""
        part = self.part("message/rfc822")
        return read_letter(part.data()) if part else None


def read_letter(raw: bytes) -> Letter:
    """The letter that these bytes are. Raises Unreadable when there is nothing in them."""
    headers, content, parts = split_letter(raw)
    if not headers.pairs and not any(part.body.nbytes for part in parts):
        raise Unreadable("an empty letter: neither headers nor a body")
    plain, source = _bodies(parts)
    plain, packed = _unpack_uu(plain)
    shown = "" if plain.strip() and not _is_stub(plain, source) else html_to_text(source)
    text = shown or tidy(html_to_text(plain) if _is_markup(plain) else plain)
    plain = "" if shown else plain
    files = [*_files(parts, source), *packed]
    text, source, files = _open_tnef(text, source, files)
    return Letter(
        headers,
        content,
        headers.text("subject")[:2_000],
        text,
        source,
        plain,
        tuple(files[:_MOST_ATTACHMENTS]),
        parts,
    )


def _bodies(parts: tuple[Part, ...]) -> tuple[str, str]:
    """The plain text and the HTML of a letter: all inline texts in their order."""
    plain: list[str] = []
    source: list[str] = []
    left = _LONGEST_BODY
    for part in parts:
        if left <= 0 or not _is_body(part):
            continue
        text = _text_of(part, left)
        left -= len(text)
        is_html = part.type == "text/html"
        if not is_html and not any(kind == "multipart/alternative" for kind in part.inside) and source:
            source.append(
                f"<pre>{_escape(text)}</pre>"
            )  # a text behind an HTML body: a footer, a second page
        (source if is_html else plain).append(text)
        if is_html and plain and "multipart/alternative" not in part.inside:
            plain.append(html_to_text(text))
    return "\n".join(plain), "\n".join(source)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _text_of(part: Part, most: int) -> str:
    data = part.data(most)[: most * 2]
    text = clean(decode(data, part.content.parameters.get("charset", "")))[:most]
    if part.content.parameters.get("format", "").lower() == "flowed":
        text = _unflow(text, delete_space=part.content.parameters.get("delsp", "").lower() == "yes")
    return text


def _unflow(text: str, *, delete_space: bool) -> str:
    """RFC 3676: a line that ends with a space goes on in the next one, unless that one is quoted anew."""
    out: list[str] = []
    flowing = False
    for line in text.split("\n"):
        quoted = line.startswith(">")
        if flowing and not quoted and not out[-1].startswith(">") and line != "-- ":
            out[-1] += line
        else:
            out.append(line)
        flowing = line.endswith(" ") and line != "-- " and not quoted
        if flowing and delete_space:
            out[-1] = out[-1][:-1]
    return "\n".join(out)


def _is_body(part: Part) -> bool:
    """Whether a leaf is something the letter says rather than a file."""
    return part.type in _TEXTS and part.disposition.main != "attachment" and not _given_name(part)


def _is_stub(plain: str, source: str) -> bool:
    """Whether the plain text only says that there is an HTML letter."""
    if not source:
        return False
    return len(plain) < 600 and (
        _NO_HTML.search(plain) is not None or len(plain.split()) * 6 < len(source.split()) / 8
    )


def _is_markup(plain: str) -> bool:
    return len(_TAGGED.findall(plain[:5_000])) >= 3 and plain.lstrip()[:1] == "<"


def _unpack_uu(plain: str) -> tuple[str, list[Attachment]]:
    """Files that stand uuencoded in the text are taken out of it."""
    if "\nend" not in plain or "begin " not in plain:
        return plain, []
    files: list[Attachment] = []
    for match in _UU.finditer(plain):
        data = unuu(match[2].encode("ascii", "replace"))
        files.append(_attachment(match[1].strip(), "", data))
    return (_UU.sub("", plain), files) if files else (plain, [])


def _given_name(part: Part) -> str:
    return part.disposition.parameters.get("filename") or part.content.parameters.get("name") or ""


def _files(parts: tuple[Part, ...], source: str) -> list[Attachment]:
    """What came with the letter, in its order: no pictures of signatures, nothing meant for machines."""
    return [_file(part) for part in parts if _is_file(part, source)]


def _is_file(part: Part, source: str) -> bool:
    if _is_body(part) or part.type.startswith("multipart/"):
        return False
    if "multipart/report" in part.inside or (part.type in _SILENT_TYPES and not _is_offered(part)):
        return False
    if part.type.startswith("image/") and part.body.nbytes < _LOGO * 4 // 3:
        return not _is_shown(part, source)
    return True


def _is_offered(part: Part) -> bool:
    return part.disposition.main == "attachment" and "multipart/alternative" not in part.inside


def _is_shown(part: Part, source: str) -> bool:
    """Whether the HTML shows this picture in its place."""
    content_id = decode_words(part.headers.get("content-id")).strip("<> ")
    location = part.headers.get("content-location").strip()
    if content_id and f"cid:{content_id}".lower() in source.lower():
        return True
    return bool(location) and location in source


def _file(part: Part) -> Attachment:
    name = _given_name(part)
    if part.type == "message/rfc822" and not name:
        headers, _, _ = split_letter(bytes(part.body[:100_000]))
        name = f"{headers.text('subject')[:80] or 'letter'}.eml"
    return _attachment(name, part.type, part.data())


def _attachment(name: str, media_type: str, data: bytes) -> Attachment:
    """A file with a name that is no path and holds nothing invisible."""
    shown = " ".join(_ODD.sub("", name).replace("\\", "/").rpartition("/")[2].split())[:200].strip()
    kind = media_type or mimetypes.guess_type(shown)[0] or "application/octet-stream"
    if not shown.strip("."):
        shown = f"attachment{mimetypes.guess_extension(kind.replace('image/jpg', 'image/jpeg')) or ''}"
    return Attachment(name=shown, type=kind, size=len(data), content=data)


def _open_tnef(text: str, source: str, files: list[Attachment]) -> tuple[str, str, list[Attachment]]:
    """Outlook's winmail.dat is replaced by what is in it; its text is used when the letter has none."""
    opened: list[Attachment] = []
    for file in files:
        is_tnef = file.type in _TNEF_TYPES or file.name.lower() == "winmail.dat"
        inner = _read_tnef(file.content or b"") if is_tnef else None
        if inner is None:
            opened.append(file)
            continue
        if not text.strip():
            source = source or _tnef_text(inner.htmlbody)
            text = html_to_text(source) or tidy(_tnef_text(inner.body))
        opened.extend(
            _attachment(one.long_filename() or one.name or "", "", one.data) for one in inner.attachments
        )
    return text, source, opened


def _tnef_text(body: bytes | str | None) -> str:
    return clean(decode(body) if isinstance(body, bytes) else body or "")


def _read_tnef(data: bytes) -> TNEF | None:
    if not data.startswith(b"\x78\x9f\x3e\x22") or len(data) > _LONGEST_TNEF:
        return None
    try:
        return TNEF(data, do_checksum=False)
    except Exception:  # noqa: BLE001 - a foreign reader of hostile bytes: whatever it raises, the file is kept as it came
        return None
