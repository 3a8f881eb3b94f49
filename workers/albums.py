"""Albums: several messages, a picture each, that were sent as one. Whichever comes first, all pictures are kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from intake.inquiry import Attachment, Inquiry

_ALBUM = "media_group_id"
_FILE = "file_"
"""The n-th attachment is fetched by what the field `file_<n>` says."""


def is_album(before: Inquiry, later: Inquiry) -> bool:
    """Whether both are parts of one album."""
    return before.fields.get(_ALBUM, "") == later.fields.get(_ALBUM, "") != ""


def joined_album(before: Inquiry, later: Inquiry) -> Inquiry:
    """The inquiry with the pictures of both, each once, and the caption that was written under one of them; an
    edited caption is the newest."""
    newest = max(before, later, key=lambda one: one.occurred_at or one.received_at)
    oldest = before if newest is later else later
    files = list(
        {where or str(place): (file, where) for place, (file, where) in _files(before, later)}.values()
    )
    told = {**newest.fields, **before.fields, **({"edited": edited} if (edited := _edited(newest)) else {})}
    return replace(
        newest,
        id=before.id,
        received_at=before.received_at,
        external_id=before.external_id,
        text=newest.text or oldest.text,
        attachments=tuple(file for file, _ in files),
        fields={
            **{name: value for name, value in told.items() if not name.startswith(_FILE)},
            **{f"{_FILE}{place}": where for place, (_, where) in enumerate(files, 1) if where},
        },
    )


def _edited(inquiry: Inquiry) -> str:
    return inquiry.fields.get("edited", "")


def _files(*inquiries: Inquiry) -> Iterator[tuple[int, tuple[Attachment, str]]]:
    pairs = (
        (file, one.fields.get(f"{_FILE}{place}", ""))
        for one in inquiries
        for place, file in enumerate(one.attachments, 1)
    )
    return enumerate(pairs)
