"""The files of a Telegram message: named, typed and measured as told; fetched later by their ids."""

from __future__ import annotations

from collections.abc import Iterator

from channels.messages import Node, SentFile, child, children, file_of, ident, number

_KINDS = (
    ("document", "document", "application/octet-stream"),
    ("animation", "animation.mp4", "video/mp4"),
    ("video", "video.mp4", "video/mp4"),
    ("live_photo", "live_photo.mp4", "video/mp4"),
    ("voice", "voice.ogg", "audio/ogg"),
    ("audio", "audio.mp3", "audio/mpeg"),
    ("video_note", "video_note.mp4", "video/mp4"),
)
"""(the message's key, the name and the type when they are not told)."""


def files_of(message: Node) -> Iterator[SentFile]:
    """The files that came with a message."""
    sizes = children(message, "photo")
    if sizes:
        # the sizes of one picture stand in no promised order
        largest = max(sizes, key=lambda size: number(size, "width") * number(size, "height"))
        yield file_of(largest, ident(largest, "file_id"), "photo.jpg", "image/jpeg")
    for key, name, kind in _KINDS:
        told = child(message, key)
        # an animation is told a second time as a document
        if told and not (key == "document" and "animation" in message):
            yield file_of(told, ident(told, "file_id"), name, kind)
    if sticker := child(message, "sticker"):
        yield _sticker(sticker)


def _sticker(sticker: Node) -> SentFile:
    where = ident(sticker, "file_id")
    if sticker.get("is_video") is True:
        return file_of(sticker, where, "sticker.webm", "video/webm")
    if sticker.get("is_animated") is True:
        return file_of(sticker, where, "sticker.tgs", "application/x-tgsticker")
    return file_of(sticker, where, "sticker.webp", "image/webp")
