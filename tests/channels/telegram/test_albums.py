"""Albums and edits on their way through the fold: one message, one inquiry, whatever comes first."""

import json
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from channels.base import HttpCall
from channels.telegram import CHANNEL
from intake.account import Account, Company
from intake.inquiry import Inquiry
from tests.channels.contract import raws_of
from workers.folding import merged

ACCOUNT = Account("bot", "telegram")


def read(number: int, key: str = "message", **more: Any) -> Inquiry:
    assert CHANNEL.webhook
    chat = {"id": 8080, "type": "private"}
    told = {"message_id": number, "from": {"id": 8080}, "chat": chat, "date": 1790000000, **more}
    call = HttpCall("POST", "", "", (), json.dumps({"update_id": number, key: told}).encode())
    (raw,) = raws_of(CHANNEL.webhook.hear(call, ACCOUNT), call, ACCOUNT)
    return replace(CHANNEL.parser.parse(raw, ACCOUNT, Company()).inquiry, external_id=f"u{number}")


def picture(number: int, **more: Any) -> Inquiry:
    photo = [{"file_id": f"file-{number}", "width": 1, "height": 1, "file_size": number}]
    return read(number, media_group_id="7", photo=photo, **more)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_f49_an_album_is_one_inquiry_with_every_picture_and_its_caption(order: tuple[int, ...]) -> None:
    """Whichever picture comes first, and whichever has the caption."""
    parts = [picture(1, caption="Три фото"), picture(2), picture(3)]
    first, second, third = (parts[place] for place in order)
    album = merged(merged(first, second), third)
    assert album.text == "Три фото"
    assert sorted(one.size for one in album.attachments) == [1, 2, 3]
    files = [album.fields[f"file_{place}"] for place in (1, 2, 3)]
    assert [int(file[-1]) for file in files] == [one.size for one in album.attachments]
    assert album.external_id == first.external_id


def test_f49_a_caption_edited_later_is_the_albums_caption() -> None:
    """The picture it stands under is not doubled."""
    photo = [{"file_id": "file-1", "width": 1, "height": 1, "file_size": 1}]
    edit = read(1, "edited_message", media_group_id="7", photo=photo, caption="Четыре", edit_date=1790000060)
    album = merged(merged(picture(1, caption="Три"), picture(2)), edit)
    assert (album.text, len(album.attachments)) == ("Четыре", 2)
    assert album.fields["edited"]


def test_f49_an_edited_message_says_what_it_says_now() -> None:
    """And that it was edited, also when the edit was read before the message."""
    before, after = read(1, text="Два"), read(1, "edited_message", text="Три", edit_date=1790000060)
    for one, other in ((before, after), (after, before)):
        now = merged(one, other)
        assert (now.text, bool(now.fields["edited"])) == ("Три", True)
