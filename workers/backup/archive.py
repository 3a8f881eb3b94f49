"""The backup's file: a ZIP of members with a manifest of their sizes and digests, there only when it is whole."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from intake.errors import Conflict, LeadIntakeError
from intake.store.copies.base import CHUNK

MANIFEST = "manifest.json"
FORMAT = 1
_QUICK = 1


class _Member:
    """A member being written: counts and digests what goes in."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._digest = sha256()
        self.size = 0

    def write(self, piece: bytes, /) -> None:
        self._file.write(piece)
        self._digest.update(piece)
        self.size += len(piece)

    def told(self) -> dict[str, Any]:
        return {"size": self.size, "sha256": self._digest.hexdigest()}


class Writing:
    """An archive being written beside its name; `finish` puts it there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f".{path.name}.part")
        self._members: dict[str, dict[str, Any]] = {}
        opened = os.open(self._part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        self._raw = os.fdopen(opened, "w+b")
        self._zip = zipfile.ZipFile(self._raw, "w", zipfile.ZIP_DEFLATED, compresslevel=_QUICK)

    @contextmanager
    def member(self, name: str) -> Iterator[_Member]:
        """As `intake.store.copies.base.Sink`."""
        with self._zip.open(name, "w", force_zip64=True) as file:
            member = _Member(file)
            yield member
        self._members[name] = member.told()

    def put(self, name: str, content: bytes) -> None:
        """A member whose bytes are at hand."""
        with self.member(name) as member:
            member.write(content)

    def finish(self, told: dict[str, Any]) -> None:
        """Write the manifest, bring all of it to the disk, give it its name."""
        manifest = {"format": FORMAT, **told, "members": self._members}
        self._zip.writestr(MANIFEST, orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
        self._zip.close()
        self._raw.flush()
        os.fsync(self._raw.fileno())
        self._raw.close()
        self._part.replace(self._path)

    def abandon(self) -> None:
        """Leave nothing behind. After `finish` there is nothing to do."""
        if not self._raw.closed:
            self._raw.truncate(0)
            with suppress(ValueError, OSError):
                self._zip.close()
            self._raw.close()
        self._part.unlink(missing_ok=True)


class Archive:
    """A whole archive, to read from."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
            self.manifest: dict[str, Any] = orjson.loads(self._zip.read(MANIFEST))
        except (zipfile.BadZipFile, KeyError, orjson.JSONDecodeError, EOFError):
            raise LeadIntakeError(f"{path} is no whole backup of lead-intake") from None
        if self.manifest.get("format") != FORMAT:
            raise Conflict(f"{path} has a format that this program does not know: use the one that made it")

    def names(self, prefix: str) -> list[str]:
        """The members whose name begins so, in the order of the manifest."""
        return [name for name in self.manifest["members"] if name.startswith(prefix)]

    def pieces(self, name: str) -> Iterator[bytes]:
        """A member's bytes."""
        with self._zip.open(name) as file:
            while piece := file.read(CHUNK):
                yield piece

    def content(self, name: str) -> bytes:
        """A small member whole; b"" when it is not there."""
        return b"".join(self.pieces(name)) if name in self.manifest["members"] else b""

    def verify(self) -> int:
        """Read everything and compare; how many members there are. Raises LeadIntakeError naming what is broken."""
        for name, told in self.manifest["members"].items():
            digest, size = sha256(), 0
            try:
                for piece in self.pieces(name):
                    digest.update(piece)
                    size += len(piece)
            except (zipfile.BadZipFile, KeyError, EOFError, OSError) as error:
                raise LeadIntakeError(f"the backup is damaged: {name} cannot be read: {error}") from None
            if {"size": size, "sha256": digest.hexdigest()} != told:
                raise LeadIntakeError(f"the backup is damaged: {name} is not what was written")
        return len(self.manifest["members"])

    def close(self) -> None:
        """Close the file."""
        self._zip.close()
