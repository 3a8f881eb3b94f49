"""Files that came with a form: names made harmless, limits on how many."""

from __future__ import annotations

import base64
import binascii
import mimetypes
import re
import unicodedata
from collections.abc import Iterable

from channels.multipart import Part
from intake.inquiry import Attachment

_LONGEST = 120
_MOST_FILES = 50
_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f\x7f]')
_TYPE = re.compile(r"[a-z0-9!#$&^_.+\-]{1,60}/[a-z0-9!#$&^_.+\-]{1,80}")


def attachments_of(files: Iterable[Part]) -> tuple[Attachment, ...]:
    """The files as attachments with their content. Of more than 50 the rest are only named, with a note."""
    return tuple(_attachment(file, accepted=place < _MOST_FILES) for place, file in enumerate(files))


def is_inline(value: str) -> bool:
    """Whether a field's text is a whole file: `data:image/png;base64,...`."""
    return value.startswith("data:") and ";base64," in value[:200]


def inline_file(name: str, value: str) -> Part | None:
    """The file that a field's text is, or None. A text that is no base64 makes an empty file of it."""
    if not is_inline(value):
        return None
    head, _, encoded = value.partition(";base64,")
    kind = head[5:].partition(";")[0].strip().lower()
    try:
        content = base64.b64decode(encoded.encode("ascii", "replace"), validate=False)
    except binascii.Error:
        content = b""
    return Part(name, "", f"{name}{mimetypes.guess_extension(kind) or ''}", kind, memoryview(content))


def _attachment(file: Part, *, accepted: bool) -> Attachment:
    return Attachment(
        name=safe_name(file.filename or ""),
        type=file.type if _TYPE.fullmatch(file.type) else "application/octet-stream",
        size=file.content.nbytes,
        content=bytes(file.content) if accepted else None,
        note="" if accepted else "too_many_files",
    )


def safe_name(name: str) -> str:
    """A file name without folders, control and direction characters; never empty, at most 120 characters."""
    last = re.split(r"[/\\]", name)[-1]
    # Cf: marks that turn the reading direction make "gpj.exe" look like a picture
    visible = "".join(
        char for char in last if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    plain = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", visible)).strip(" .")
    if not plain:
        return "file"
    stem, dot, extension = plain.rpartition(".")
    if len(plain) <= _LONGEST:
        return plain
    return f"{stem[: _LONGEST - 11]}.{extension[:10]}" if dot and stem else plain[:_LONGEST]
