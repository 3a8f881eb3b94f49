"""What is attached to a VK message: files to be fetched later, and things of VK that are only named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from channels.messages import (
    Node,
    SentFile,
    child,
    children,
    filled,
    ident,
    number,
    safe_name,
    text_of,
    type_of,
)

_MOST = 50


def files_of(message: Node) -> Iterator[SentFile]:
    """The files that came with a message or a comment."""
    for attachment in children(message, "attachments")[:_MOST]:
        kind = ident(attachment, "type")
        file = _file(kind, child(attachment, kind))
        if file:
            yield file


def _file(kind: str, told: Node) -> SentFile | None:
    make = _FILES.get(kind)
    return make(told) if make else None


def _document(told: Node) -> SentFile:
    name = _document_name(told)
    return SentFile(name, type_of(name), number(told, "size"), text_of(told, "url"))


def _voice(told: Node) -> SentFile:
    mp3 = text_of(told, "link_mp3")
    if mp3 and not text_of(told, "link_ogg"):
        return SentFile("voice.mp3", "audio/mpeg", 0, mp3)
    return SentFile("voice.ogg", "audio/ogg", 0, text_of(told, "link_ogg"))


def _video(told: Node) -> SentFile:
    return SentFile(safe_name(text_of(told, "title")) or "video.mp4", "video/mp4", 0, _vk_id("video", told))


def _audio(told: Node) -> SentFile:
    name = safe_name(text_of(told, "title")) or "audio.mp3"
    return SentFile(name, "audio/mpeg", 0, text_of(told, "url"))


_FILES: Mapping[str, Callable[[Node], SentFile]] = MappingProxyType(
    {
        "photo": lambda told: SentFile("photo.jpg", "image/jpeg", 0, _largest(children(told, "sizes"))),
        "doc": _document,
        "audio_message": _voice,
        "video": _video,
        "audio": _audio,
        "graffiti": lambda told: SentFile("graffiti.png", "image/png", 0, text_of(told, "url")),
        "sticker": lambda told: SentFile("sticker.png", "image/png", 0, _largest(children(told, "images"))),
    }
)
"""By the attachment's type; the others are no files."""


def _largest(sizes: list[Node]) -> str:
    """The address of the largest picture. Old photos tell no sizes: the last stands for the largest."""
    largest = max(reversed(sizes), key=lambda one: number(one, "width") * number(one, "height"), default=None)
    return text_of(largest, "url") if largest else ""


def _document_name(told: Node) -> str:
    name, extension = safe_name(text_of(told, "title")) or "document", ident(told, "ext").lower()
    return name if not extension or name.lower().endswith(f".{extension}") else f"{name}.{extension}"


def _vk_id(kind: str, told: Node) -> str:
    parts = [ident(told, name) for name in ("owner_id", "id", "access_key")]
    return kind + "_".join(part for part in parts if part)


def things_of(message: Node) -> dict[str, str]:
    """What was attached of VK's own: a product asked about, a link, a post, a gift."""
    found: dict[str, str] = {}
    for attachment in children(message, "attachments")[:_MOST]:
        kind = ident(attachment, "type")
        told = child(attachment, kind)
        match kind:
            case "market":
                price = text_of(child(told, "price"), "text")
                product = ", ".join(part for part in (text_of(told, "title"), price) if part)
                found |= filled(product=product, product_id=_vk_id("product", told))
            case "link":
                found |= filled(link=text_of(told, "url"))
            case "wall" | "wall_reply" | "story" | "article" | "poll" | "gift":
                found |= {kind: _vk_id(kind, told)}
    return found
