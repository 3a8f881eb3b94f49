"""XML: what tree it becomes, and that nothing in it reaches outside or grows."""

import codecs
from pathlib import Path

import pytest

from channels.custom.xml import read_xml
from intake.errors import Unreadable


def test_elements_are_keys_and_repeated_ones_lists() -> None:
    """Attributes, text beside them, CDATA, namespaces and comments."""
    body = b"""<?xml version="1.0"?><!-- a --><lead xmlns:n="urn:n" id="5">
      <n:phone kind="work">+7</n:phone><tag>1</tag><tag>2</tag><text><![CDATA[<b>&amp;</b>]]></text><none/></lead>"""
    assert read_xml(body) == {
        "@id": "5",
        "phone": {"@kind": "work", "#text": "+7"},
        "tag": ["1", "2"],
        "text": "<b>&amp;</b>",
        "none": "",
    }


def test_the_declared_charset_is_believed_when_it_is_no_utf8() -> None:
    """windows-1251 and koi8-r come from 1C and its kin."""
    for charset in ("windows-1251", "koi8-r"):
        body = f'<?xml version="1.0" encoding="{charset}"?><a><b>Ёлка</b></a>'.encode(charset)
        assert read_xml(body) == {"b": "Ёлка"}


def test_a_doctype_inside_a_text_is_only_letters() -> None:
    """A letter in HTML within CDATA is a value."""
    assert read_xml(b"<a><b><![CDATA[<!DOCTYPE html><p>]]></b></a>") == {"b": "<!DOCTYPE html><p>"}


LAUGHS = (
    b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;">]><l>&c;</l>'
)


@pytest.mark.parametrize(
    "body",
    [
        LAUGHS,
        b'<!-- x --><?pi?>\n<!DOCTYPE a SYSTEM "http://127.0.0.1:1/evil.dtd"><a/>',
        b'\xef\xbb\xbf<!doctype a [<!ENTITY x "y">]><a/>',
        b"<a>&undefined;</a>",
        codecs.BOM_UTF16_LE + LAUGHS.decode().encode("utf-16-le"),
        b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4-<a/>',
        b"<a>" * 400 + b"</a>" * 400,
        b"<a>" + b"<b/>" * 100_001 + b"</a>",
        b"<a><b></a>",
        b"<",
        b"<a>\x00</a>",
    ],
)
def test_f60_entities_dtds_and_bombs_are_refused(body: bytes) -> None:
    """Whatever the charset they hide in."""
    with pytest.raises(Unreadable):
        read_xml(body)


def test_f61_no_file_is_read_through_an_entity(tmp_path: Path) -> None:
    """An external entity is refused before anything is opened."""
    secret = tmp_path / "secret.txt"
    secret.write_text("demo-secret")
    body = f'<!DOCTYPE a [<!ENTITY x SYSTEM "{secret.as_uri()}">]><a><b>&x;</b></a>'
    with pytest.raises(Unreadable) as refused:
        read_xml(body.encode())
    assert "demo-secret" not in str(refused.value)
