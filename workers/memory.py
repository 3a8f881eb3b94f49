"""What the processes ask of their memory: big blocks go back to the system at once, what stays is not looked at."""

from __future__ import annotations

import ctypes
import gc

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


def leave_modules_alone() -> None:
    """Once everything is imported: have the garbage collector look at what came since, and more rarely.

    A batch makes tens of thousands of small values that live until its commit; without this each of them pays for
    walks through all modules, a fifth of what deciding a lead costs.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
