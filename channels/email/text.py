"""HTML letters as readable text: lines where the eye sees lines, table rows of two cells as `label: value`."""

from __future__ import annotations

import re
from html import unescape

from lxml import etree, html

_LONGEST = 600_000
_SKIP = frozenset(
    {"script", "style", "head", "title", "meta", "link", "noscript", "template", "object", "svg"}
)
_BLOCKS = frozenset(
    {
        *("address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl"),
        *("dt", "fieldset", "footer", "form", "h1", "h2", "h3", "h4", "h5"),
        *("h6", "header", "hr", "li", "main", "nav", "ol", "option", "p"),
        *("pre", "section", "table", "tbody", "tfoot", "thead", "tr", "ul"),
    }
)
_SPACED = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote", "pre", "dl"})
_SPACES = re.compile(r"[ \t\r\n\f\v\xa0\u2007\u202f]+")
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\u00ad\u034f\u202a-\u202e\u2066-\u2069\ufeff]")
_HIDDEN = re.compile(r"display\s{0,5}:\s{0,5}none|mso-hide\s{0,5}:\s{0,5}all", re.IGNORECASE)
_PRE = re.compile(r"white-space\s{0,5}:\s{0,5}(?:pre|break-spaces)", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/li|/h\d)\b[^<>]{0,200}>", re.IGNORECASE)
_DECLARATION = re.compile(r"\A\s{0,100}<\?xml[^>]{0,200}\?>")
_LABEL_LENGTH = 80
_QUOTE_CLASSES = ("gmail_quote", "yahoo_quoted", "moz-cite", "protonmail_quote")


def html_to_text(source: str) -> str:
    """The text of an HTML letter as its reader sees it. Never raises; a broken page loses its tags only."""
    source = _DECLARATION.sub("", source[:_LONGEST].replace("\0", ""))
    if not source.strip():
        return ""
    try:
        root = html.document_fromstring(source, parser=html.HTMLParser(recover=True, remove_pis=True))
    except (etree.LxmlError, ValueError):
        return tidy(_strip_tags(source))
    text = tidy(_Reader().read(root))
    if len(source) > 3_000 and len(text) * 40 < len(source):  # the parser gave up half-way?
        plain = tidy(_strip_tags(source))
        return plain if _letters(plain) > 2 * _letters(text) and "{" not in plain[:2_000] else text
    return text


def tidy(text: str) -> str:
    """Lines trimmed at both ends, at most one empty line in a row, nothing invisible."""
    lines: list[str] = []
    for raw_line in _INVISIBLE.sub("", text).split("\n"):
        line = raw_line.strip(" \t\xa0\u3000")
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines).strip("\n")


def _letters(text: str) -> int:
    return len(text.split())


def _strip_tags(source: str) -> str:
    return unescape(_TAG.sub("", _BREAK.sub("\n", source)))


class _Reader:
    """Walks a tree once, from event to event, and writes its text."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._quoted = 0
        self._pre = 0
        self._cells: dict[etree._Element, str] = {}

    def read(self, root: etree._Element) -> str:
        """The text below `root`."""
        self._plan_tables(root)
        walker = etree.iterwalk(root, events=("start", "end", "comment"))
        for event, element in walker:
            if event == "comment":
                self._write(element.tail)
            elif event == "start":
                if self._start(element):
                    walker.skip_subtree()
            else:
                self._end(element)
        return "".join(self._out)

    def _plan_tables(self, root: etree._Element) -> None:
        """What stands behind each cell: `: ` after a label, ` | ` between short cells, else a new line."""
        nesting = {row for table in root.iter("table") for row in table.iterancestors("tr")}
        for row in root.iter("tr"):
            cells = [cell for cell in row if cell.tag in {"td", "th"}]
            full = [cell for cell in cells if (cell.text_content() or "").strip()]
            label = full[0].text_content().strip() if len(full) == 2 else ""
            if row in nesting or not full:
                separator = "\n"
            elif len(full) == 2 and len(label) <= _LABEL_LENGTH:
                separator = " " if label.endswith((":", "?", "：")) else ": "
            else:
                separator = " | "
            for cell in cells:
                self._cells[cell] = separator if cell in full[:-1] else ""

    def _start(self, element: etree._Element) -> bool:
        """Open an element; True when what is in it is not to be read."""
        tag = element.tag
        style = element.get("style") or ""
        if tag in _SKIP or _HIDDEN.search(style) or element.get("hidden") is not None:
            return True
        if tag == "br":
            self._out.append("\n")
        elif tag in _BLOCKS:
            self._break("\n\n" if self._is_spaced(element) else "\n")
        if self._is_quote(element):
            self._quoted += 1
        if tag == "pre" or _PRE.search(style):
            self._pre += 1
        if tag == "li":
            self._out.append("- ")
        self._write(element.text)
        return False

    def _end(self, element: etree._Element) -> None:
        tag = element.tag
        style = element.get("style") or ""
        if not (tag in _SKIP or _HIDDEN.search(style) or element.get("hidden") is not None):
            if tag == "a":
                self._link(element)
            if tag == "pre" or _PRE.search(style):
                self._pre -= 1
            if self._is_quote(element):
                self._quoted -= 1
            if tag in _BLOCKS:
                self._break("\n\n" if self._is_spaced(element) else "\n")
            elif element in self._cells:
                self._separate(self._cells[element])
        self._write(element.tail)

    @staticmethod
    def _is_spaced(element: etree._Element) -> bool:
        return element.tag in _SPACED and "MsoNormal" not in (element.get("class") or "")

    @staticmethod
    def _is_quote(element: etree._Element) -> bool:
        if element.tag != "blockquote":
            return False
        classes = element.get("class") or ""
        return element.get("type") == "cite" or any(name in classes for name in _QUOTE_CLASSES)

    def _link(self, element: etree._Element) -> None:
        """A telephone or address that only the link knows is written behind its words."""
        target = element.get("href") or ""
        scheme, _, value = target.partition(":")
        if scheme.lower() not in {"tel", "mailto"}:
            return
        value = value.partition("?")[0].strip()
        shown = element.text_content() or ""
        digits = re.sub(r"\D", "", value)[-7:]
        known = value in shown if "@" in value else digits in re.sub(r"\D", "", shown)
        if value and not known:
            self._out.append(f" {value}")

    def _write(self, text: str | None) -> None:
        if not text:
            return
        if "\xa0" in text and not text.strip():
            self._out.append("\xa0")  # a line that is meant to be empty
            return
        if not self._pre:
            text = _SPACES.sub(" ", text)
            if text.startswith(" ") and (not self._out or self._out[-1].endswith(("\n", " "))):
                text = text[1:]
        if text and self._quoted and (not self._out or self._out[-1].endswith("\n")):
            self._out.append("> ")
        if text:
            self._out.append(text)

    def _break(self, lines: str) -> None:
        if not self._out:
            return
        if self._out[-1].endswith("\n"):
            lines = lines[1:] if not self._out[-1].endswith("\n\n") else ""
        if lines:
            self._out.append(lines)

    def _separate(self, separator: str) -> None:
        """Close a table's cell: blocks within it have ended its line already; a label takes its line back."""
        if separator in {": ", " ", " | "}:
            while self._out and not self._out[-1].strip():
                self._out.pop()
            if self._out:
                self._out[-1] = self._out[-1].rstrip()
        self._out.append(separator)
