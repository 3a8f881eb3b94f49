"""The language a person reads: catalogues of translations, read from the .po files that are kept with the code."""

from __future__ import annotations

import gettext
import io
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE = "en"
"""The language the texts are written in within the code."""


def read_language(folder: Path, language: str) -> gettext.NullTranslations:
    """The translations of `folder`/<language>/LC_MESSAGES/messages.po, compiled in memory.

    For the source language, and where there is no such file, texts stay as they are in the code.
    """
    path = folder / language / "LC_MESSAGES" / "messages.po"
    if language == SOURCE or not path.is_file():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def house_language(language: str) -> gettext.NullTranslations:
    """The translations of the ground floor's own texts: what alarms say, whoever shows them."""
    return read_language(Path(__file__).parent / "locale", language)
