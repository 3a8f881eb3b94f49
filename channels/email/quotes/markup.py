"""The HTML of a letter as lines of text, those marked that its mail program calls quoted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lxml import etree, html

from channels.email.quotes.attribution import Sureness, ends_attribution, find_attribution
from channels.email.quotes.shape import QUOTED, normalise
from channels.email.quotes.words import words

_BLOCKS = words(
    """
    address article aside blockquote body center dd div dl dt fieldset footer form h1 h2 h3 h4 h5 h6 header hr li
    main nav ol p pre section table tbody tfoot thead tr ul
    """
)
_SPACED = words("p h1 h2 h3 h4 h5 h6 blockquote table ul ol pre")
_SILENT = words("head script style title meta link noscript template object svg")
_QUOTE_CLASSES = re.compile(
    r"(?:^|\s)(?:gmail_attr|yahoo_quoted|moz-cite-prefix|moz-email-headers-table|protonmail_quote"
    r"|tutanota_quote|clean_bq|zmail_extra"
    r"|front-blockquote|intercom-quote|cm_quote|hs_reply|gmx_quote|mailru-?quote\S*|mail-quote\S*"
    r"|quoted_?text|ms-outlook-mobile-reference-message"
    r"|freebirdFormviewerViewItemsItemItem_quote|mcntQuote|x_gmail_quote|yahoo-quoted|outlook-quote"
    r"|zimbra-quote|cite-prefix"
    r"|history_container|ya-quote|ya-share-quote|reply-quote|email_quote|mail_quote)(?:\s|$)",
    re.IGNORECASE,
)
_QUOTE_IDS = words(
    """
    reply-intro yahoo_quoted mac_outlook_attribution_blockquote mail-app-auto-quote ymail_android_quote
    isforwardcontent replyblockquote quoted-content ms-outlook-mobile-signature
    """
)
_REST_IDS = re.compile(
    r"^(?:x_)*(?:divRplyFwdMsg|OLK_SRC_BODY_SECTION|OutlookMessageHeader|zwchr|mail-editor-reference-message-container)$",
    re.IGNORECASE,
)
_REST_CLASSES = re.compile(r"(?:^|\s)(?:x_)*OutlookMessageHeader(?:\s|$)", re.IGNORECASE)
_REST_NAMES = frozenset({"messagereplysection", "quote"})
_OUTLOOK_LINE = re.compile(r"border:\s?none;\s*border-top:\s*solid", re.IGNORECASE)
_QUOTE_BORDER = re.compile(
    r"border-left\s*:\s*(?!none|0)|border-left-(?:width|style|color)\s*:|padding-left\s*:", re.IGNORECASE
)
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_FROM_LABEL = re.compile(r"^\W*[^\W\d_][\w ']{1,20}\s?:")
_WHITE = re.compile(r"[ \t\n\r\f]+")
_LONGEST_HTML = 4_000_000
_MOST_LINES = 20_000


class _Page:
    """Lines under way: text gathers in the current one until a block ends it."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.current: list[str] = []
        self.quoted = 0
        self.rest = False
        self.structured = False

    def text(self, words: str, *, verbatim: bool) -> None:
        """Add text to the current line; line breaks in it count inside <pre> only."""
        if not verbatim:
            self.current.append(_WHITE.sub(" ", words))
            return
        first, *others = words.split("\n")
        self.current.append(first)
        for line in others:
            self.end_line()
            self.current.append(line)

    def end_line(self, *, always: bool = True) -> None:
        """End the current line; when not `always`, only if there is something on it."""
        line = re.sub(r" {2,}", " ", "".join(self.current)).strip()
        if line or always:
            self.lines.append((QUOTED if self.quoted or self.rest else "") + line)
        self.current = []

    def blank(self) -> None:
        """One empty line, unless there is one already."""
        if self.lines and self.lines[-1].strip(QUOTED):
            self.lines.append(QUOTED if self.quoted or self.rest else "")


def read_marked(source: str) -> tuple[str, bool]:
    """(text, sure): the visible text, quoted lines marked; `sure` when the structure named a quotation.

    Unreadable HTML gives ("", False).
    """
    root = _parse(source)
    if root is None:
        return "", False
    page = _Page()
    for event, element in _walk(root):
        if event == "open":
            _open(page, element)
        else:
            _close(page, element)
        if len(page.lines) >= _MOST_LINES:  # a price list of 70,000 rows: nobody quotes below it
            break
    page.end_line(always=False)
    return "\n".join(page.lines), page.structured


def _parse(source: str) -> etree._Element | None:
    cleaned = re.sub(r"^\s*<\?xml[^>]{0,200}\?>", "", source[:_LONGEST_HTML])
    cleaned = _protect(cleaned)
    if not cleaned.strip():
        return None
    try:
        return html.document_fromstring(
            cleaned, parser=html.HTMLParser(remove_comments=True, remove_pis=True, huge_tree=True)
        )
    except (etree.LxmlError, ValueError, AssertionError):
        return None


def _protect(source: str) -> str:
    """Without the characters that lxml refuses and that our own mark uses."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f]", "", source)


def _walk(root: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    """Every element opened and closed, in the document's order, without recursion."""
    stack: list[tuple[etree._Element, Iterator[etree._Element]]] = []
    if isinstance(root.tag, str):
        yield "open", root
        stack.append((root, iter(root)))
    while stack:
        element, children = stack[-1]
        child = next(children, None)
        if child is None:
            stack.pop()
            yield "close", element
        elif (
            isinstance(child.tag, str)
            and child.tag not in _SILENT
            and not _HIDDEN.search(child.get("style") or "")
        ):
            yield "open", child
            stack.append((child, iter(child)))
        elif child.tail:
            yield "tail", child


def _open(page: _Page, element: etree._Element) -> None:
    if element.tag in _BLOCKS:
        page.end_line(always=False)
        if element.tag in _SPACED:
            page.blank()
    if element.tag == "br":
        page.end_line()
    if not page.rest and _starts_rest(element):
        page.rest = page.structured = True
    if _is_quote(page, element):
        page.quoted += 1
        page.structured = True
        element.set("data-cut", "1")
    if element.text:
        page.text(element.text, verbatim=_verbatim(element))


def _close(page: _Page, element: etree._Element) -> None:
    if element.get("data-cut") == "1":
        page.end_line(always=False)
        page.quoted -= 1
    elif element.tag in _BLOCKS:
        page.end_line(always=False)
        if element.tag in _SPACED:
            page.blank()
    if element.tag in ("td", "th"):
        page.current.append(" ")
    if element.tail:
        page.text(element.tail, verbatim=False)


def _verbatim(element: etree._Element) -> bool:
    return bool(element.tag == "pre")


def _is_quote(page: _Page, element: etree._Element) -> bool:
    """Whether the element itself is quoted history. An ordered table: the first row that holds decides."""
    classes, style = element.get("class") or "", element.get("style") or ""
    if (element.get("id") or "").lower() in _QUOTE_IDS or _QUOTE_CLASSES.search(classes):
        return True
    if "gmail_quote" in classes and element.tag != "blockquote":
        # Answers between the quotations stand in the same div: cut only what is a blockquote in it.
        return bool(element.find(".//blockquote") is None)
    if element.tag != "blockquote":
        return False
    if element.get("type") == "cite" or element.get("cite") or "quote" in classes.lower():
        return True
    indented = re.search(r"border(?:-left)?\s*:\s*(?:none|0)", style) or "margin:0 0 0 40px" in style
    if indented:
        return _introduced(page)
    return bool(_QUOTE_BORDER.search(style)) or _introduced(page)


def _introduced(page: _Page) -> bool:
    """Whether the last lines before the element introduce a quotation."""
    lines = [line for line in page.lines[-6:] if line.strip()]
    if not lines or lines[-1].startswith(QUOTED) or not ends_attribution(lines[-1]):
        return False
    found = find_attribution(lines, len(lines) - 1, 0)
    return found is not None and found.sureness is not Sureness.NOT


def _starts_rest(element: etree._Element) -> bool:
    """Whether all from this element on is the copied message, as Outlook writes it."""
    if _REST_IDS.match(element.get("id") or "") or _REST_CLASSES.search(element.get("class") or ""):
        return True
    if (element.get("name") or "").lower() in _REST_NAMES and element.tag == "div":
        return True
    if element.get("data-marker") == "__QUOTED_TEXT__":
        return True
    if element.tag == "div" and _OUTLOOK_LINE.search(element.get("style") or ""):
        return bool(
            _FROM_LABEL.match("".join(inner.text or "" for inner in islice(element.iter(), 12))[:200].strip())
        )
    return False


def as_text(marked: str) -> str:
    """Marked lines as they would read in a plain letter."""
    return normalise(marked.replace(QUOTED, "> "))
