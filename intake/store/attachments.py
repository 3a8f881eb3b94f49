"""The attachment store: files of inquiries in a folder, named by what is in them."""

from __future__ import annotations

import os
from hashlib import blake2b
from pathlib import Path


class LocalAttachments:
    """Files by digest: the same file is kept once, writing it again does nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, content: bytes) -> str:
        """Keep the file durably; the key it is found by. Raises OSError when the disk refuses."""
        key = blake2b(content, digest_size=20).hexdigest()
        path = self._path(key)
        if path.exists():
            return key
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        try:
            with part.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.rename(path)
        finally:
            part.unlink(missing_ok=True)
        return key

    def open(self, key: str) -> Path | None:
        """Where the file lies, or None when there is none of that key."""
        path = self._path(key)
        return path if key.isalnum() and path.is_file() else None

    def remove(self, key: str) -> bool:
        """Take the file away; whether it was there. Raises OSError."""
        path = self.open(key)
        if path is None:
            return False
        path.unlink()
        return True

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / key[2:]
