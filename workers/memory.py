"""What the processes ask of the C library's memory: big blocks go back to the system as soon as they are free."""

from __future__ import annotations

import ctypes

_M_MMAP_THRESHOLD = -3
_BIG_BLOCK = 1_048_576


def give_back_memory() -> None:
    """Keep blocks of a megabyte and more in mappings of their own.

    By default glibc raises that bound with each big block that is freed, up to 32 MB: letters and forms of 25 MB
    would then leave holes in the heap, and the process would stay as large as its largest moments together.
    Other C libraries have no such dial and need none.
    """
    dial = getattr(ctypes.CDLL(None), "mallopt", None)
    if dial is not None:
        dial(_M_MMAP_THRESHOLD, _BIG_BLOCK)
