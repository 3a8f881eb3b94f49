"""`kinds`: the account kinds, and what each needs."""

from __future__ import annotations

import click

from channels.base import Channel, Need
from channels.catalogue import CHANNELS


@click.command
@click.option("--language", type=click.Choice(["ru", "en"]), default="en", show_default=True)
def kinds(language: str) -> None:
    """The account kinds, one a line, with what each needs: what must be set, then [what may be]."""
    for channel in CHANNELS:
        click.echo(_line(channel, language))


def _line(channel: Channel, language: str) -> str:
    needs = [_need(need, language) for need in sorted(channel.needs, key=lambda need: not need.required)]
    return f"{channel.kind:<14} {channel.title}: {'; '.join(needs) or '-'}"


def _need(need: Need, language: str) -> str:
    said = f"{need.name} ({need.why_ru if language == 'ru' else need.why})"
    return said if need.required else f"[{said}]"
