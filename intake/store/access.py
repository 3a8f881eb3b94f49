"""Tokens, one-time links and sessions in the ledger's database. Only SHA-256 digests of secrets are kept."""

from __future__ import annotations

import hashlib
import secrets

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from intake.clock import Clock, Millis
from intake.errors import Conflict
from intake.ports import ROLES, Who
from intake.store.engine import Store, explain, reading
from intake.store.schema import access, audit, manager

_SESSION_S = {"observer": 7 * 86400, "manager": 7 * 86400, "duty": 86400, "head": 86400, "admin": 43200}
"""How long a session lives: the more it may do, the shorter."""
_TOKEN, _LINK, _SESSION, _INVITE = "token", "link", "session", "invite"


class StoreAccess:
    """`Access` over the ledger's database. Methods block: call from a thread."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def who(self, token: str) -> Who | None:
        """Whose API token or session this is; None for an unknown, expired or dismissed one."""
        if not token:
            return None
        found = select(access.c.name, access.c.role, access.c.manager, access.c.until, manager.c.state).where(
            access.c.digest == _digest(token), access.c.kind.in_((_TOKEN, _SESSION))
        )
        joined = found.select_from(access.outerjoin(manager, manager.c.id == access.c.manager))
        try:
            with reading(self._store.ledger) as connection:
                row = connection.execute(joined).first()
        except DBAPIError as error:
            raise explain(error) from error
        if (
            row is None
            or row.state == "dismissed"
            or (row.until is not None and row.until <= self._clock.now())
        ):
            return None
        return Who(name=row.name, role=row.role, manager=row.manager)

    def sign_in_link(self, role: str, manager: str, now: Millis, valid_s: int = 900) -> str:
        """A one-time secret that opens a session."""
        with self._store.ledger.begin() as connection:
            return _keep(connection, _LINK, manager or role, role, manager, now, now + valid_s * 1000)

    def open_session(self, link: str, now: Millis) -> str | None:
        """Use up a one-time secret; the session's secret, or None when it is unknown, used or too old."""
        # the row is taken out by the statement that finds it, so that of two askers one gets it
        taken = (
            delete(access)
            .where(access.c.digest == _digest(link), access.c.kind == _LINK)
            .returning(access.c.name, access.c.role, access.c.manager, access.c.until)
        )
        with self._store.ledger.begin() as connection:
            row = connection.execute(taken).first()
            connection.execute(delete(access).where(access.c.until.is_not(None), access.c.until <= now))
            if row is None or row.until <= now:
                return None
            until = now + _SESSION_S.get(row.role, 3600) * 1000
            return _keep(connection, _SESSION, row.name, row.role, row.manager, now, until)

    def invite(self, manager: str, now: Millis, valid_s: int) -> str:
        """A secret that joins one messenger account to the manager."""
        with self._store.ledger.begin() as connection:
            return _keep(connection, _INVITE, "", "manager", manager, now, now + valid_s * 1000)

    def revoke(self, manager: str) -> int:
        """As Access.revoke."""
        with self._store.ledger.begin() as connection:
            return connection.execute(delete(access).where(access.c.manager == manager)).rowcount

    def accept_invite(self, secret: str, account: str, now: Millis) -> str | None:
        """As Access.accept_invite, in one statement: of two accounts that come at once one gets it."""
        bound = (
            update(access)
            .where(
                access.c.digest == _digest(secret),
                access.c.kind == _INVITE,
                access.c.until > now,
                access.c.name.in_(("", account)),
            )
            .values(name=account)
            .returning(access.c.manager)
        )
        try:
            with self._store.ledger.begin() as connection:
                found = connection.execute(bound).scalar()
        except DBAPIError as error:
            raise explain(error) from error
        return str(found) if found is not None else None

    def close_session(self, session: str) -> None:
        """End a session at once; an unknown one is nobody's."""
        with self._store.ledger.begin() as connection:
            ended = access.c.digest == _digest(session), access.c.kind == _SESSION
            connection.execute(delete(access).where(*ended))

    def note(self, who: Who, verb: str, what: str, ident: str, now: Millis) -> None:
        """Keep for the record that somebody looked at or did something."""
        row = {
            "at": now,
            "who": who.manager or who.name,
            "verb": verb,
            "what": what,
            "ident": ident,
            "detail": who.role,
        }
        with self._store.ledger.begin() as connection:
            connection.execute(insert(audit).values(row))

    def create_token(self, role: str, name: str, now: Millis, manager: str = "") -> str:
        """A new API token, shown once."""
        with self._store.ledger.begin() as connection:
            return _keep(connection, _TOKEN, name, role, manager, now, None)


def _keep(
    connection: Connection, kind: str, name: str, role: str, manager: str, now: Millis, until: Millis | None
) -> str:
    if role not in ROLES:
        raise Conflict(f"there is no role {role!r}; the roles are {', '.join(ROLES)}")
    secret = secrets.token_urlsafe(32)
    row = {
        "digest": _digest(secret),
        "kind": kind,
        "name": name,
        "role": role,
        "manager": manager,
        "created_at": now,
        "until": until,
    }
    connection.execute(insert(access).values(row))
    return secret


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
