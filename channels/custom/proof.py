"""How a mapped webhook proves who sent it: a token somewhere in the request, or an HMAC over its raw body."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels.base import HttpCall
from channels.custom.paths import Path, Scene, find
from channels.custom.table import Reader
from channels.custom.trees import read_told
from channels.custom.values import plain
from channels.signing import require_key, same
from intake.account import Account
from intake.errors import Refused, Unreadable

_ALGORITHMS = ("sha256", "sha1", "sha512", "sha384", "md5")
_KEYS = ("by", "header", "query", "field", "algorithm", "encoding", "prefix", "secret")


@dataclass(frozen=True, slots=True)
class Proof:
    """Where the proof stands. `algorithm` is "" for a token; `setting` is the account's setting with the secret.
    Without a `path` it is our own key: header X-Lead-Intake-Key or the last segment of the address."""

    path: Path | None = None
    algorithm: str = ""
    encoding: str = "hex"
    prefix: str = ""
    setting: str = "secret"

    @property
    def in_body(self) -> str:
        """The setting whose value the body carries, "" where none does."""
        return (
            self.setting
            if self.path is not None and self.path.source == "item" and not self.algorithm
            else ""
        )

    def verify(self, call: HttpCall, account: Account) -> None:
        """Compare in constant time. Raises Refused 401 without a proof, 403 with a wrong one."""
        if self.path is None:
            require_key(call, account)
            return
        secret = account.secret if self.setting == "secret" else account.option(self.setting)
        given = self._given(call)
        if not given:
            raise Refused(401, f"no proof of the sender in {self.path.text}")
        expected = self._signature(secret, call.body) if self.algorithm else secret
        told = given.removeprefix(self.prefix) if given.startswith(self.prefix) else ""
        if self.algorithm and self.encoding == "hex":
            told = told.lower()
        if not secret or not same(told, expected):
            raise Refused(403, "wrong signature" if self.algorithm else "wrong key")

    def _given(self, call: HttpCall) -> str:
        if self.path is None:
            return ""
        try:
            tree = read_told(call).tree if self.path.source == "item" else None
        except Unreadable:
            return ""  # who sends such a body has shown no key
        found = [told for node in find(self.path, Scene(tree, tree, call)) for told in plain(node)]
        return found[0] if found else ""

    def _signature(self, secret: str, body: bytes) -> str:
        digest = hmac.new(secret.encode(), body, getattr(hashlib, self.algorithm)).digest()
        return digest.hex() if self.encoding == "hex" else base64.b64encode(digest).decode()


def read_proof(value: Any, reader: Reader) -> Proof:
    """The proof that the setting `check` describes."""
    table = reader.table(value, "check")
    reader.known(table, "check", _KEYS)
    by = reader.text(table, "by", "check", "token")
    if by not in ("token", "hmac"):
        reader.fault("check.by", f'there is no check "{by}"', 'write "token" or "hmac"')
    path = _place(table, reader)
    algorithm = _one_of(table, "algorithm", _ALGORITHMS, reader) if by == "hmac" else ""
    if by == "hmac" and path is None:
        reader.fault("check", "does not say where the signature stands", 'write header = "X-Signature"')
    return Proof(
        path,
        algorithm,
        _one_of(table, "encoding", ("hex", "base64"), reader),
        reader.text(table, "prefix", "check"),
        reader.text(table, "secret", "check", "secret"),
    )


def _place(table: Mapping[str, Any], reader: Reader) -> Path | None:
    named = [name for name in ("header", "query", "field") if name in table]
    if len(named) > 1:
        reader.fault("check", f"names {' and '.join(named)} at once", "leave one of them")
    if not named:
        return None
    written = reader.text(table, named[0], "check")
    if not written:
        reader.fault(f"check.{named[0]}", "is empty", "write the name")
        return None
    prefix = {"header": "header:", "query": "?", "field": ""}[named[0]]
    return reader.path(prefix + written, f"check.{named[0]}")


def _one_of(table: Mapping[str, Any], name: str, words: tuple[str, ...], reader: Reader) -> str:
    told = reader.text(table, name, "check", words[0])
    if told in words:
        return told
    reader.fault(f"check.{name}", f'there is no "{told}"', f"use one of: {', '.join(words)}")
    return words[0]
