"""Whose certificates are believed: those of the machine, and one authority more where an account names it."""

from __future__ import annotations

import ssl

from intake.errors import ConfigFault


def trusting(ca_file: str) -> ssl.SSLContext:
    """A context that checks names and certificates; `ca_file` adds an authority. Raises ConfigFault when that file
    cannot be read."""
    context = ssl.create_default_context()
    if ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except (OSError, ssl.SSLError) as error:
            raise ConfigFault(f"ca_file cannot be read: {type(error).__name__}") from None
    return context
