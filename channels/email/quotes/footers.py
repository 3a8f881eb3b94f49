"""Lines that a phone, a web mailer, an antivirus or a lawyer appends: cut without touching the signature."""

from __future__ import annotations

import re

from channels.email.quotes.footer_words import (
    ANTIVIRUS_LINE,
    BANNER,
    DEVICE,
    DISCLAIMER_PROOF,
    DISCLAIMER_START,
    GET_LINE,
    LAST_WORD,
    SENT_LINE,
)

_LINK = re.compile(r"[<(\[]{0,2}\s?(?:https?://|www\.)[^\s\])>]{1,300}[)\]>]{0,2}|\]\([^)\s]{1,300}\)")
_DELIMITER = re.compile(r"^\s*(?:--|—|---|__)\s*$")
_DRAWN = re.compile(r"[\s\-_=*—]*")
_LONGEST_LINE = 400
_LONGEST_DISCLAIMER = 6_000
_COMPANY_WORDS = 8
_MOST_PARAGRAPHS = 40
_LONGEST_FOOTER = 110
_MOST_WORDS = 13


def cut_mobile_footer(text: str) -> str:
    """The text without "Sent from my iPhone", "Отправлено из мобильной Яндекс.Почты", "Без вирусов. www.avast.ru".

    Whole lines only, wherever they stand, with the "--" above them; a sentence that merely begins so stays.
    """
    lines = text.split("\n")
    kept: list[str] = []
    for line in lines:
        if is_mobile_footer(line) or is_antivirus(line):
            _drop_delimiter(kept)
        else:
            kept.append(line)
    return "\n".join(kept).strip("\n") if len(kept) != len(lines) else text


def is_mobile_footer(line: str) -> bool:
    """Whether the whole line is an advertisement of a device or a mail program."""
    if not 8 <= len(line) <= _LONGEST_LINE:
        return False
    bare = _LINK.sub("", line).strip() if "/" in line else line.strip()
    if not (SENT_LINE.match(bare) or GET_LINE.match(bare) or LAST_WORD.search(bare[-24:])):
        return False
    if len(bare) > _LONGEST_FOOTER or bare.endswith(("?", ";", ",")) or len(bare.split()) > _MOST_WORDS:
        return False
    if GET_LINE.match(bare):
        return len(bare) < 60
    advertised = len(bare) < len(line.strip()) and len(bare.split()) <= 6
    return advertised or bool(DEVICE.search(bare))


def is_antivirus(line: str) -> bool:
    """Whether the line is an antivirus program's own."""
    return (
        5 <= len(line) <= _LONGEST_LINE
        and bool(ANTIVIRUS_LINE.match(line))
        and len(_LINK.sub("", line)) <= 160
    )


def cut_disclaimer(text: str) -> str:
    """The text without the legal or "think before you print" paragraphs at its end.

    Only from the second paragraph on: the first that opens as a lawyer would and speaks of secrecy or error, and all
    below it but for what the writer says there, as one does who answers between the quoted lines.
    """
    paragraphs = re.split(r"(\n[ \t]*\n)", text)
    for index in range(2, len(paragraphs), 2):
        if DISCLAIMER_START.match(" ".join(paragraphs[index][:400].split())) and DISCLAIMER_PROOF.search(
            "".join(paragraphs[index : index + _MOST_PARAGRAPHS])[:_LONGEST_DISCLAIMER]
        ):
            lines = "".join(paragraphs[: index - 1]).rstrip().split("\n")
            while lines and _DRAWN.fullmatch(lines[-1]):
                lines.pop()
            below = [one for one in paragraphs[index + 2 :: 2] if _is_said(one)]
            return "\n\n".join(["\n".join(lines), *below])
    return text


def _is_said(paragraph: str) -> bool:
    """Whether a paragraph under a disclaimer is the writer's: neither legal nor a company's bare name."""
    text = " ".join(paragraph[:_LONGEST_DISCLAIMER].split())
    if DISCLAIMER_START.match(text) or DISCLAIMER_PROOF.search(text):
        return False
    return "?" in text or len(text.split()) > _COMPANY_WORDS


def cut_banner(text: str) -> str:
    """The text without the warning that a gateway puts above letters from outside ("[EXTERNAL] ...")."""
    banner, _, rest = text.lstrip("\n ").partition("\n")
    return (
        rest.lstrip("\n") if len(banner) < _LONGEST_LINE and BANNER.match(banner) and rest.strip() else text
    )


def _drop_delimiter(kept: list[str]) -> None:
    """Take back the "--" (and blank lines) that stood directly above a footer."""
    last = len(kept) - 1
    while last >= 0 and not kept[last].strip():
        last -= 1
    if last >= 0 and _DELIMITER.match(kept[last]):
        del kept[last:]
