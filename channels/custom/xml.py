"""XML as a tree of dicts and lists; entities and DTDs are refused, nothing outside is ever read."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from channels.body import DEEPEST, decode
from intake.errors import Unreadable

_DECLARATION = re.compile(r"<\?xml[^>]*?\?>")
_ENCODING = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.\-]{1,40})[\"']")
_MOST_TAGS = 100_000


def read_xml(body: bytes) -> Any:
    """What stands below the root element: names as keys, repeated ones as lists, attributes as `@name`, the
    text beside them as `#text`. Namespaces are left out. Raises Unreadable."""
    declared = _ENCODING.search(body[:400])
    # decoded here and now: no charset of the document's choice can hide a DTD from us
    (text,) = decode([body.removeprefix(b"\xef\xbb\xbf")], declared[1].decode("ascii") if declared else "")
    text = text.lstrip()
    opening = _DECLARATION.match(text)
    text = text[opening.end() :] if opening else text
    if "\0" in text or _has_doctype(text):
        raise Unreadable("XML with a DTD or NUL bytes is not taken")
    if text.count("<") > _MOST_TAGS:
        raise Unreadable("too many elements in the XML")
    root = _parsed(text.encode())
    return _tree(root, 0)


def _has_doctype(text: str) -> bool:
    """Whether a document type comes before the root element; inside a text it is only letters."""
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
        elif text.startswith("<!--", at):
            at = _behind(text, "-->", at)
        elif text.startswith("<?", at):
            at = _behind(text, "?>", at)
        else:
            return text.startswith("<!", at)
    return False


def _behind(text: str, mark: str, at: int) -> int:
    end = text.find(mark, at)
    return len(text) if end < 0 else end + len(mark)


def _parsed(text: bytes) -> Any:
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(text, parser)
    except etree.XMLSyntaxError as error:
        raise Unreadable(f"broken XML: {' '.join(str(error.msg).split())[:150]}") from None


def _tree(element: Any, depth: int) -> Any:
    if depth > DEEPEST:
        raise Unreadable(f"the XML is nested deeper than {DEEPEST} levels")
    below: dict[str, Any] = {f"@{_name(key)}": value for key, value in element.attrib.items()}
    for child in element:
        if not isinstance(child.tag, str):
            raise Unreadable("XML with entities is not taken")
        name, value = _name(child.tag), _tree(child, depth + 1)
        if name not in below:
            below[name] = value
        elif isinstance(below[name], list):
            below[name].append(value)
        else:
            below[name] = [below[name], value]
    text = "".join((element.text or "", *(child.tail or "" for child in element))).strip()
    if not below:
        return text
    if text:
        below["#text"] = text
    return below


def _name(tag: str) -> str:
    return tag.rpartition("}")[2]
