"""The command line: what the contracts promise of names, exit codes and one-line errors."""

import io
import json
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from channels.catalogue import CHANNELS
from config.reading import read
from intake.clock import ManualClock
from workers.bootstrap import open_instance, prepare
from workers.cli import group, told
from workers.dangers import dangers_of
from workers.lock import take_lock
from workers.place import Place

PROMISED = ("up", "web", "listen", "work", "relay", "clock", "check", "kinds", "migrate", "parse")
PROMISED += ("buried", "replay", "token", "simulate", "managers")
STARTER = """
[[account]]
id = "site"
kind = "form"
[[manager]]
id = "petrova"
name = "Анна"
"""


class Told(NamedTuple):
    """What a command gave back."""

    returncode: int
    stdout: str
    stderr: str


def run(*argv: str) -> Told:
    """The program, within this process: its start is tested elsewhere."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        code = told(partial(group.main, args=argv, prog_name="lead-intake", standalone_mode=False))
    return Told(code, out.getvalue(), err.getvalue())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An instance's data directory with a fresh database."""
    (tmp_path / "lead-intake.toml").write_text(STARTER, encoding="utf-8")
    prepare(Place(None, tmp_path))
    return tmp_path


def test_every_promised_command_is_there() -> None:
    """`--help` names them all, in words."""
    said = run("--help")
    assert said.returncode == 0
    assert set(PROMISED) <= {line.split()[0] for line in said.stdout.splitlines() if line.startswith("  ")}


@pytest.mark.parametrize("command", PROMISED)
def test_every_command_explains_itself(command: str) -> None:
    """Each is importable and has help."""
    said = run(command, "--help")
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.startswith(f"Usage: lead-intake {command}")


def test_listing_the_commands_imports_none_of_them() -> None:
    """Help is quick: no command's libraries are loaded for it."""
    code = "import sys, workers.cli as c; c.told(lambda: c.group.main(['--help'], standalone_mode=False));"
    code += "print([m for m in ('sqlalchemy', 'aiohttp', 'redis', 'pydantic') if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (("nothing",), 2),
        (("up", "--port", "x"), 2),
        (("token", "create"), 2),
        (("work", "--data", "/no/such"), 1),
        (("check", "--config", "/no/such.toml"), 1),
        (("managers", "list", "--data", "/no/such"), 1),
    ],
)
def test_wrong_usage_is_2_and_failure_is_1(argv: tuple[str, ...], code: int) -> None:
    """Said in words, never a traceback."""
    said = run(*argv)
    assert said.returncode == code
    assert said.stderr
    assert "Traceback" not in said.stderr
    if code == 1:
        assert said.stderr.count("\n") == 1


def test_kinds_has_a_line_a_kind() -> None:
    """The kind stands first, what must be set before what may be."""
    said = run("kinds")
    assert [line.split()[0] for line in said.stdout.splitlines()] == [channel.kind for channel in CHANNELS]
    assert "imap (" in said.stdout
    assert "[sent_folder (" in said.stdout
    assert "сервер IMAP" in run("kinds", "--language", "ru").stdout


def test_a_faulty_configuration_is_told_line_by_line(tmp_path: Path) -> None:
    """A process that cannot start says every fault, each with its line."""
    (tmp_path / "lead-intake.toml").write_text(
        '[company]\nregion = "XX"\nlanguage = "de"\n', encoding="utf-8"
    )
    said = run("work", "--data", str(tmp_path))
    assert said.returncode == 1
    assert [line.split(": ")[0][-2:] for line in said.stderr.splitlines()] == [":2", ":3"]


def test_an_older_schema_is_refused_with_its_mend(tmp_path: Path) -> None:
    """Commands do not work on a database that was never prepared; `migrate` mends it."""
    (tmp_path / "lead-intake.toml").write_text(STARTER, encoding="utf-8")
    refused = run("managers", "list", "--data", str(tmp_path))
    assert refused.returncode == 1
    assert "lead-intake migrate" in refused.stderr
    assert run("migrate", "--data", str(tmp_path)).returncode == 0
    assert run("managers", "list", "--data", str(tmp_path)).stdout.startswith("petrova\tАнна\t")


def test_migrate_leaves_a_running_instance_alone(data: Path) -> None:
    """While `up` holds the data directory nobody migrates under its feet."""
    lock = take_lock(data)
    said = run("migrate", "--data", str(data))
    lock.release()
    assert said.returncode == 1
    assert "is in use" in said.stderr


def test_people_are_added_once_paused_and_dismissed(data: Path) -> None:
    """The same use cases as the pages; a dismissal can be looked at first."""
    place = ("--data", str(data))
    assert run("managers", "add", "orlova", "--name", "Ольга", "--telegram", "5", *place).returncode == 0
    assert run("managers", "add", "orlova", "--name", "Ольга", *place).returncode == 1
    assert "/sign-in/" in run("managers", "invite", "orlova", *place).stdout
    assert json.loads(run("managers", "pause", "orlova", *place).stdout)["state"] == "paused"
    assert json.loads(run("managers", "dismiss", "orlova", "--preview", *place).stdout)["open_deals"] == []
    assert "orlova\tОльга\t\tpaused\ttelegram" in run("managers", "list", *place).stdout
    assert run("managers", "dismiss", "orlova", *place).returncode == 0
    assert "orlova\tОльга\t\tdismissed" in run("managers", "list", *place).stdout


def test_a_token_is_printed_once_and_alone(data: Path) -> None:
    """A script can take it as it is."""
    said = run("token", "create", "--role", "admin", "--data", str(data))
    assert said.returncode == 0
    assert len(said.stdout.strip()) > 30
    assert said.stdout.count("\n") == 1


def test_nothing_is_buried(data: Path) -> None:
    """An empty list is empty; to act on everything it must be said."""
    place = ("--data", str(data))
    assert run("buried", "list", *place).stdout == ""
    assert run("buried", "replay", "--all", *place).stdout == "0 done\n"
    assert run("buried", "drop", *place).returncode == 2
    missing = run("replay", "no-such-inquiry", *place)
    assert missing.returncode == 1
    assert "no-such-inquiry" in missing.stderr


def test_people_whom_the_ledger_knows_otherwise_are_warned_of(data: Path) -> None:
    """The file is read once; where it differs from the ledger later, `check` says so."""
    config = data / "lead-intake.toml"
    config.write_text(STARTER.replace("Анна", "Анна Петрова"), encoding="utf-8")
    instance = open_instance(Place(None, data), ManualClock())
    found = read(config, data, {})
    warned = list(dangers_of(found, instance.settings, instance.channels))
    instance.close()
    assert any('manager "petrova": name is "Анна" in the ledger' in one for one in warned)
    assert any("client base is empty" in one for one in warned)
