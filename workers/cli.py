"""`lead-intake`: the command line. Finds the subcommand, runs it, and tells an error in one line."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import click

from config.faults import BadConfig
from intake.errors import LeadIntakeError


class _Row(NamedTuple):
    """A subcommand: its name, the module of workers.commands it lives in, what it does."""

    name: str
    module: str
    does: str


_COMMANDS = (
    _Row("up", "running", "Everything on this machine, supervised."),
    _Row("web", "running", "Webhooks, API, dashboard."),
    _Row("listen", "running", "Mailboxes and other streams."),
    _Row("work", "running", "Makes clients, deals and cards of what came."),
    _Row("relay", "running", "Carries out what is to be done outside."),
    _Row("clock", "running", "Deadlines, sweeps, retention."),
    _Row("check", "checking", "Every fault of the configuration at once; tries each connection."),
    _Row("kinds", "kinds", "The account kinds, and what each needs."),
    _Row("migrate", "store", "The database to the newest schema."),
    _Row("parse", "parse", "What an input would become, without storing it."),
    _Row("backfill", "backfill", "Read a source again from a date, without doubling."),
    _Row("clients", "clients", "The client base: import, export, duplicates, forget."),
    _Row("match", "match", "The resolver over files: which client is it, and why."),
    _Row("backup", "backup", "Everything into one file, consistent, while it runs."),
    _Row("restore", "backup", "A backup in place of what is there; sends nothing twice."),
    _Row("parked", "backup", "What stands still until a person says so: list, release, drop."),
    _Row("buried", "desk", "What nobody could process: list, replay, drop."),
    _Row("replay", "desk", "Run inquiries again from the bytes that came."),
    _Row("token", "store", "API tokens."),
    _Row("managers", "managers", "People: list, add, invite, shift, pause, leave, terms, revoke, dismiss."),
    _Row("simulate", "simulate", "Realistic traffic against a running instance."),
)


class _LazyGroup(click.Group):
    """Imports a subcommand when it is called, and none to list them: `--help` is quick, and a process of
    `up` carries no other one's libraries."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Their names, in the order of the table."""
        return [row.name for row in _COMMANDS]

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        """The subcommand of that name, or None."""
        row = next((row for row in _COMMANDS if row.name == name), None)
        if row is None:
            return None
        found: click.Command = getattr(importlib.import_module(f"workers.commands.{row.module}"), name)
        return found

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table, as `--help` shows it."""
        with formatter.section("Commands"):
            formatter.write_dl([(row.name, row.does) for row in _COMMANDS])


@click.group(
    cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(package_name="lead-intake", prog_name="lead-intake")
def group() -> None:
    """Every request becomes one deal on the right manager's screen, within a second."""


def told(work: Callable[[], object]) -> int:
    """Do the work; its exit code. Errors are told on stderr, one line each: 1 when the work failed, 2 for
    wrong usage."""
    try:
        code = work()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    except BadConfig as error:
        for fault in error.faults:
            click.echo(fault.told(str(error.path)), err=True)
        return 1
    except (LeadIntakeError, OSError) as error:
        return _failed(error)
    return code if isinstance(code, int) else 0


def _failed(error: LeadIntakeError | OSError) -> int:
    """Say in one line what went wrong. A reader that went away (`| head`) is no error."""
    if isinstance(error, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    click.echo(f"lead-intake: {error}", err=True)
    return 1


def main() -> None:
    """The entry point of the `lead-intake` program."""
    sys.exit(told(partial(group.main, prog_name="lead-intake", standalone_mode=False)))


if __name__ == "__main__":
    main()
