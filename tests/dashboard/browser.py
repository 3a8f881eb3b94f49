"""A real browser without a window: what it makes of a page."""

from __future__ import annotations

import shutil
import subprocess
import tempfile

from tests.servers.child import missing

_QUIET = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars --virtual-time-budget=1500"
)


def drawn_by_chromium(url: str) -> str:
    """The page's document after its scripts have run."""
    program = (
        shutil.which("chromium") or shutil.which("google-chrome") or missing("Chromium is not installed")
    )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        argv = [program, *_QUIET.split(), f"--user-data-dir={home}", "--dump-dom", url]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    return done.stdout
