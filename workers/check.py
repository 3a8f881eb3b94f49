"""`check`: every fault at once, then what is dangerous, then each connection tried."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from channels.catalogue import channels_by_kind
from config.reading import read
from workers.dangers import dangers_of
from workers.place import Place
from workers.probes import probes_of, try_all
from workers.soundness import all_faults

Say = Callable[[str], object]


def check(place: Place, say: Say) -> int:
    """Say everything that is wrong, dangerous and reachable, a line each; 0 when nothing is wrong, else 1."""
    found = read(place.config_path, place.data)
    faults = all_faults(found)
    for fault in faults:
        say(fault.told(str(place.config_path)))
    if found.settings is None:
        say(f"{len(faults)} to mend; connections are tried when the file is sound")
        return 1
    for danger in dangers_of(found, found.settings, channels_by_kind()):
        say(f"warning: {danger}")
    tried = asyncio.run(try_all(probes_of(found.settings, place.data)))
    for one in tried:
        say(f"{'ok' if one.works else 'fault'}: {one.name}: {one.said}")
    broken = len(faults) + sum(not one.works for one in tried)
    say(f"{broken} to mend" if broken else "all is well")
    return 1 if broken else 0
