"""Folder names on the wire, and the answers of servers, read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.answers import read_fetched, read_status, uid_set
from channels.email.folders import decode_name, encode_name, find_sent, quoted, read_listed
from intake.errors import ConfigFault


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("Отправленные", "&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-"),
        ("Tom & Jerry", "Tom &- Jerry"),
        ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
    ],
)
def test_a_name_in_modified_utf_7(name: str, wire: str) -> None:
    """As RFC 3501, 5.1.3 has it."""
    assert encode_name(name) == wire
    assert decode_name(wire) == name


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40))
def test_any_name_comes_back(name: str) -> None:
    """Encoding loses nothing, and only printable ASCII travels."""
    wire = encode_name(name)
    assert wire.isascii()
    assert decode_name(wire) == name


@given(st.text(max_size=40))
def test_nothing_can_be_slipped_in_behind_a_name(name: str) -> None:
    """A quoted name ends where it ends: control characters are refused, quotes and backslashes escaped."""
    try:
        text = quoted(name)
    except ConfigFault:
        assert any(ord(sign) < 32 or ord(sign) == 127 for sign in name)
        return
    inside = text[1:-1].replace("\\\\", "").replace('\\"', "")
    assert '"' not in inside
    assert "\\" not in inside


def test_the_sent_folder_is_found_by_its_use_else_by_its_name() -> None:
    """A server that marks it is believed; a literal name is read; else the usual names are looked for."""
    marked = read_listed([rb'(\HasNoChildren) "/" Sent', rb'(\Sent) "/" {6}', bytearray(b"Output")])
    assert find_sent(marked) == "Output"
    named = read_listed([rb'(\HasNoChildren) "." "INBOX.&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-"', b"done"])
    assert find_sent(named) == "INBOX.Отправленные"
    assert find_sent(read_listed([rb'() NIL "Archive"'])) == ""


def test_uid_sets_join_runs() -> None:
    """A run of UIDs is one part."""
    assert uid_set([1, 2, 3, 7, 9, 10]) == "1:3,7,9:10"


def test_a_letter_may_come_quoted_and_its_uid_behind() -> None:
    """A short body as a quoted string, the UID after a literal, a flag told in between: all are understood."""
    lines = [
        b'1 FETCH (UID 4 BODY[] "a \\"quoted\\" UID 99 (")',
        b"2 FETCH (BODY[] {5}",
        bytearray(b"hello"),
        b" UID 5)",
        b"3 FETCH (FLAGS (\\Seen))",
        b"Fetch completed.",
    ]
    assert [(one.uid, one.body) for one in read_fetched(lines)] == [
        (4, b'a "quoted" UID 99 ('),
        (5, b"hello"),
    ]


def test_a_folder_named_like_an_answer() -> None:
    """STATUS counts what stands in its last parentheses."""
    state = read_status([b'"x (UIDNEXT 999" (MESSAGES 2 UIDNEXT 5 UIDVALIDITY 7)', b"done"])
    assert (state.letters, state.next_uid, state.validity) == (2, 5, 7)
