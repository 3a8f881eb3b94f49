"""Mailboxes: what reaches one, whom it belongs to, what was meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.mailboxes import canonical_mailbox, is_role, repaired_mailboxes, why_no_evidence

NOBODY_OF_OURS: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("o.zimin@yandex.ru", "O-Zimin@ya.ru"),
        ("o.zimin@yandex.kz", "o.zimin+spam@yandex.com"),
        ("o.zi.min@gmail.com", "ozimin+x@googlemail.com"),
        ("ozimin+tag@bk.ru", "ozimin@bk.ru"),
        ("Олег <ozimin@mail.ru>", "mailto:OZIMIN@mail.ru"),
        ("оzimin@mail.ru", "ozimin@mail.ru"),  # a Cyrillic letter
    ],
)
def test_aliases_are_one_mailbox(one: str, other: str) -> None:
    """Provider aliases, tags, case, dots where the provider ignores them, look-alike letters."""
    assert canonical_mailbox(one) == canonical_mailbox(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ozimin@mail.ru", "ozimin@bk.ru"),
        ("o.zimin@mail.ru", "ozimin@mail.ru"),
        ("ozimin@ya.ru", "o.zimin@ya.ru"),
    ],
)
def test_neighbours_are_two_mailboxes(one: str, other: str) -> None:
    """Mail.ru's domains are different mailboxes; dots count there and at Yandex."""
    assert canonical_mailbox(one) != canonical_mailbox(other)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("a@mail.ry", "a@mail.ru"),
        ("a@gmial.com", "a@gmail.com"),
        ("a.b@gamil.com", "ab@gmail.com"),
        ("a-b@yandx.ru", "a.b@yandex.ru"),
    ],
)
def test_a_slip_in_the_domain_is_repaired(typed: str, meant: str) -> None:
    """The mailbox that was meant is found, in its canonical spelling."""
    assert meant in repaired_mailboxes(canonical_mailbox(typed) or "")


@pytest.mark.parametrize("mailbox", ["a@mail.ru", "a@bk.ru", "a@e.mail.ru", "a@romashka-opt.ru"])
def test_real_domains_are_left_alone(mailbox: str) -> None:
    """A domain that is a provider's, or like none, is what was meant."""
    assert repaired_mailboxes(mailbox) == ()


@pytest.mark.parametrize(
    ("mailbox", "why"),
    [
        ("noreply@forms-robot.ru", "robot"), ("no-reply@romashka-opt.ru", "robot"), ("mailer-daemon@x.ru", "robot"),
        ("qwerty@mail.ru", "placeholder"), ("123@yandex.ru", "placeholder"), ("aaa@aaa.ru", "placeholder"),
        ("x@some.invalid", "placeholder"), ("o.zimin@mail.ru", ""), ("info@romashka-opt.ru", ""),
        ("testov.i@mail.ru", ""),
    ],
)  # fmt: skip
def test_what_is_nobodys_mailbox(mailbox: str, why: str) -> None:
    """Robots and placeholders are told by their shape; people and desks are evidence."""
    assert why_no_evidence(mailbox, NOBODY_OF_OURS) == why


def test_a_desk_is_told_from_a_person() -> None:
    """info@ of a firm is a desk; the same word at a provider is somebody's mailbox."""
    assert is_role("info@romashka-opt.ru")
    assert is_role("zakaz2@romashka-opt.ru")
    assert not is_role("o.zimin@romashka-opt.ru")
    assert not is_role("info@mail.ru")


@given(st.text(max_size=200))
def test_any_text_is_a_mailbox_or_none(text: str) -> None:
    """No text fails; a canonical spelling is its own canonical spelling."""
    mailbox = canonical_mailbox(text)
    if mailbox is not None:
        assert canonical_mailbox(mailbox) == mailbox
        repaired_mailboxes(mailbox)
        why_no_evidence(mailbox, NOBODY_OF_OURS)
