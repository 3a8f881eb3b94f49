"""Tokens, one-time links, sessions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, update

from intake.errors import Conflict
from intake.store.schema import access, manager
from tests.dashboard.house import House


def test_a_link_opens_one_session(either: House) -> None:
    """Of many who try at once, one gets in; a second try gets nothing."""
    now = either.clock.now()
    link = either.access.sign_in_link("admin", "petrova", now)
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: either.access.open_session(link, now), range(4)))
    sessions = [one for one in opened if one]
    assert len(sessions) == 1
    who = either.access.who(sessions[0])
    assert who is not None
    assert (who.role, who.manager) == ("admin", "petrova")
    assert either.access.who(link) is None


def test_a_link_ends_after_its_time(house: House) -> None:
    """Fifteen minutes by default."""
    link = house.access.sign_in_link("admin", "", house.clock.now())
    house.clock.advance(901)
    assert house.access.open_session(link, house.clock.now()) is None


def test_a_session_ends_by_itself_and_at_once_when_closed(house: House) -> None:
    """An administrator's after half a day; a closed one immediately."""
    first, second = house.session("admin"), house.session("admin")
    house.access.close_session(first)
    assert house.access.who(first) is None
    assert house.access.who(second) is not None
    house.clock.advance(43_201)
    assert house.access.who(second) is None


def test_a_dismissed_manager_is_out_at_once(house: House) -> None:
    """Their sessions and tokens open nothing from that moment on."""
    session, token = house.session("manager", "petrova"), house.token("manager", "petrova")
    with house.store.ledger.begin() as connection:
        connection.execute(update(manager).where(manager.c.id == "petrova").values(state="dismissed"))
    assert house.access.who(session) is None
    assert house.access.who(token) is None


def test_secrets_are_not_kept(house: House) -> None:
    """The database holds digests: no secret can be read out of it."""
    secrets = {
        house.token("head"),
        house.session("duty"),
        house.access.sign_in_link("admin", "", house.clock.now()),
    }
    with house.store.ledger.connect() as connection:
        kept = {str(value) for row in connection.execute(select(access)) for value in row}
    assert not secrets & kept
    assert all(len(secret) >= 43 for secret in secrets)


def test_there_is_no_other_role(house: House) -> None:
    """A role nobody defined is refused when the token is made."""
    with pytest.raises(Conflict):
        house.access.create_token("root", "x", house.clock.now())


def test_nobody_is_nobody(house: House) -> None:
    """An empty or unknown secret opens nothing."""
    assert house.access.who("") is None
    assert house.access.who("unknown") is None
