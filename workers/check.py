"""`check`: every fault at once, then what is dangerous, then each connection tried."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from channels.base import Channel
from channels.catalogue import channels_by_kind
from config.faults import Said, Translate, in_words
from config.reading import read
from config.starter import system_language
from intake.language import SOURCE, read_language
from workers.dangers import dangers_of
from workers.place import Place
from workers.probes import probes_of, try_all
from workers.soundness import all_faults

Say = Callable[[str], object]


def check(place: Place, say: Say) -> int:
    """Say everything that is wrong, dangerous and reachable, a line each; 0 when nothing is wrong, else 1."""
    found = read(place.config_path, place.data)
    channels = channels_by_kind()
    translate = _translator(found.language or system_language(os.environ), channels)
    faults = all_faults(found, channels)
    for fault in faults:
        say(fault.told(str(place.config_path), translate))
    if found.settings is None:
        untried = Said("{count} to mend; connections are tried when the file is sound", count=len(faults))
        say(in_words(untried, translate))
        return 1
    for danger in dangers_of(found, found.settings, channels):
        say(f"{translate('warning')}: {in_words(danger, translate)}")
    tried = asyncio.run(try_all(probes_of(found.settings, place.data)))
    for one in tried:
        say(f"{translate('ok' if one.works else 'fault')}: {one.name}: {in_words(one.said, translate)}")
    broken = len(faults) + sum(not one.works for one in tried)
    say(in_words(Said("{count} to mend", count=broken) if broken else Said("all is well"), translate))
    return 1 if broken else 0


def _translator(language: str, channels: Mapping[str, Channel]) -> Translate:
    """What gives a text in the reader's language: the settings of kinds bring their own Russian words."""
    if language == SOURCE:
        return str
    words = read_language(Path(__file__).parent / "locale", language).gettext
    own = {need.why: need.why_ru for channel in channels.values() for need in channel.needs}
    return lambda text: own.get(text) or words(text)
