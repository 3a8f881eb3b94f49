"""What a letter is cut into, and the lines it is cut by."""

from __future__ import annotations

import re
from dataclasses import dataclass

QUOTED = "\x01"
"""First character of a line that the HTML itself calls quoted; no letter can contain it (see `normalise`)."""

_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\x00\x01]")
_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_MANY_BLANK = re.compile(r"\n(?:[ \t]*\n){3,}")
_TORN_ADDRESS = re.compile(
    r"(@[\w.-]{1,120})[ \t]*\n[ \t]{0,4}>(?=[ \t]*[^\W\d_]{0,15}[ \t]*:[ \t]*(?:\n|$))"
)
"""`<ivan@example.com` at one line's end, `> wrote:` at the next one's beginning."""
_TORN_OPENING = re.compile(r"<[ \t]{0,4}\n[ \t]{0,4}(?=(?:mailto:)?[\w.+-]{1,64}@)")
_SOFT_BREAK = re.compile(r"=\n")
_ESCAPE = re.compile(r"(?:=[0-9A-F]{2})+")


@dataclass(frozen=True, slots=True)
class Split:
    """A letter in two: `own` is what the writer wrote now, `quoted` the history the mail program put in.

    Either may be "". A bare forward has everything in `quoted`. `pieces` is `own` again, parted where quotations
    stood, none of them empty: a signature above the answers between quoted lines ends its piece alone.
    """

    own: str
    quoted: str
    pieces: tuple[str, ...] = ()


def normalise(text: str) -> str:
    """The text with plain line ends and spaces, without invisible marks, with leftovers of quoted-printable read."""
    text = _BREAKS.sub("\n", text)
    text = _INVISIBLE.sub("", _SPACES.sub(" ", text))
    if "=\n" in text and _ESCAPE.search(text):
        text = _ESCAPE.sub(_decode, _SOFT_BREAK.sub("", text))
    text = _TORN_OPENING.sub("<", text)
    text = _TORN_ADDRESS.sub(r"\1>", text)
    return _MANY_BLANK.sub("\n\n\n", text)


def _decode(escape: re.Match[str]) -> str:
    raw = bytes.fromhex(escape[0].replace("=", ""))
    try:
        return raw.decode("utf-8").replace("\u00a0", " ")
    except UnicodeDecodeError:
        return escape[0]
