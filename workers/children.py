"""Children of the supervisor: forked, in a process group of their own, dying with their parent."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)
_OWN_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)


@dataclass(frozen=True, slots=True)
class Role:
    """A child to keep alive. `run` is its whole life, in the child; the result is the exit code.

    `once`: it is not started again when it ends. `last`: it is stopped after all others are gone.
    """

    name: str
    run: Callable[[], int]
    once: bool = False
    last: bool = False


def program(argv: Sequence[str]) -> Callable[[], int]:
    """A child's life as another program; `argv[0]` is its absolute path."""

    def run() -> int:
        os.execv(argv[0], list(argv))  # noqa: S606 # our own server, by its absolute path, without a shell

    return run


def fork(run: Callable[[], int], close: Sequence[int] = ()) -> int:
    """Start a child and return its process id. It has its own process group, so that Ctrl-C reaches the
    parent alone, and is killed when the calling thread ends, however it ends. `close` are descriptors it
    must not keep. Only for a process with one thread."""
    parent = os.getpid()
    sys.stdout.flush()
    sys.stderr.flush()
    signal.pthread_sigmask(signal.SIG_BLOCK, _OWN_SIGNALS)  # none is lost between the fork and its handlers
    pid = os.fork()
    if pid:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _OWN_SIGNALS)
        return pid
    code = 1
    try:
        _bind_to(parent)
        for fd in close:
            os.close(fd)
        code = run()
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except KeyboardInterrupt:
        code = 130
    except BaseException:  # noqa: BLE001 # the last handler of a process: told in the log, never a traceback of a body
        structlog.get_logger().exception("process_failed")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _bind_to(parent: int) -> None:
    """In the child: live no longer than the parent, and take signals as a new process does."""
    os.setpgid(0, 0)
    if sys.platform == "linux":
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we asked
        os._exit(1)
    gc.enable()
    signal.set_wakeup_fd(-1)
    for number in _OWN_SIGNALS:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _OWN_SIGNALS)


def freeze() -> None:
    """Before forking: what is loaded stays out of the children's garbage collections, so that its pages stay
    shared. Nothing is collected first: the holes would be filled by the children, page by page."""
    gc.disable()  # the children turn it on again; the parent makes no garbage to speak of
    gc.freeze()


def ask(run: Callable[[], str], close: Sequence[int] = ()) -> tuple[int, str]:
    """The text that `run` gives in a child of its own, and the child's exit code (0 when all went well):
    for work whose libraries and open files the parent must not keep."""
    reading, writing = os.pipe()

    def told() -> int:
        os.close(reading)
        with os.fdopen(writing, "w", encoding="utf-8") as out:
            out.write(run())
        return 0

    pid = fork(told, close)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as answer:
        text = answer.read()
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), text
