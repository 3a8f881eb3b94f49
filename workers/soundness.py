"""Whether a configuration can work: beyond the file's own faults, what each account's kind says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from channels.base import Channel, needs_by_name
from channels.catalogue import channels_by_kind
from channels.templates import AUTO_REPLY, GREETING, template_faults
from config.faults import Fault, Said
from config.reading import Reading
from config.settings import AccountSettings, Settings
from crm.owners.table import OWNER_RULES
from intake.errors import ConfigFault
from workers.words import account_of


def all_faults(reading: Reading, channels: Mapping[str, Channel] | None = None) -> list[Fault]:
    """Every fault of the file, in the order of its lines: those of its reading, of its accounts, of its rules."""
    known = channels_by_kind() if channels is None else channels
    found = [*reading.faults]
    for number, account in reading.accounts:
        found.extend(_account_faults(reading, number, account, known))
    if reading.settings:
        found.extend(_rule_faults(reading, reading.settings))
        found.extend(_shared_token(reading, reading.settings))
    return sorted(set(found), key=lambda one: (one.line, one.setting))


def _account_faults(
    reading: Reading, number: int, account: AccountSettings, channels: Mapping[str, Channel]
) -> Iterator[Fault]:
    """An unknown kind, settings that the kind does not know, settings it cannot do without, its own check."""

    def fault(setting: str, text: str, mend: str) -> Fault:
        return Fault(
            reading.line("account", number, *setting.split(".")),
            f'account "{account.id}": {setting}',
            text,
            mend,
        )

    channel = channels.get(account.kind)
    if channel is None:
        mend = Said("write one of: {words}", words=", ".join(sorted(channels)))
        yield fault("kind", Said('there is no kind "{kind}"', kind=account.kind), mend)
        return
    needs = needs_by_name(channel)
    can_write = channel.unanswerable is not None
    for name in account.options:
        if name not in needs and name not in (AUTO_REPLY, GREETING):
            names = Said(", ".join(needs) or "nothing of its own")
            mend = Said("remove it; {kind} knows: {names}", kind=account.kind, names=names)
            yield fault(name, "there is no such setting", mend)
    told = set()
    for need in channel.needs:
        given = account.secret.get_secret_value() if need.name == "secret" else account.options.get(need.name)
        if need.required and given in (None, ""):
            told.add(need.name)
            text = Said("is missing: {why}", why=Said(need.why))
            yield fault(need.name, text, Said('write {name} = "..." or "env:NAME"', name=need.name))
    for setting, said, mended in template_faults(account_of(account, Settings()), can_write=can_write):
        yield fault(setting, said, mended)
    for setting, said, mended in _own_check(channel, account):
        if setting not in told:
            yield fault(setting, said, mended)


def _own_check(channel: Channel, account: AccountSettings) -> list[tuple[str, str, str]]:
    if channel.check is None:
        return []
    try:
        return list(channel.check(account_of(account, Settings())))
    except ConfigFault as error:
        return [("kind", str(error), "mend this setting")]


def _rule_faults(reading: Reading, settings: Settings) -> Iterator[Fault]:
    for name in settings.owners.rules:
        if name not in OWNER_RULES:
            line = reading.line("owners", "rules")
            mend = Said("write some of: {words}", words=", ".join(OWNER_RULES))
            yield Fault(line, "owners.rules", Said('there is no rule "{name}"', name=name), mend)


def _shared_token(reading: Reading, settings: Settings) -> Iterator[Fault]:
    """One bot cannot serve clients and managers: whoever polls first takes the other one's messages."""
    telegram = settings.notify.telegram
    if telegram is None:
        return
    for number, account in enumerate(settings.accounts):
        if account.options.get("token") == telegram.token.get_secret_value():
            line = reading.line("account", number, "token")
            text = "is the token of the managers' bot in notify.telegram"
            yield Fault(line, f'account "{account.id}": token', text, "make another bot for clients")
