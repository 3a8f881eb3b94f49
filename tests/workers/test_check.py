"""`check`: every fault at once, what is dangerous, and each connection tried in plain words."""

import asyncio
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.base import Channel, Heard, HttpCall, Need
from config.reading import Reading, load, read
from intake.account import Account, Company
from intake.inquiry import Parsed, Raw
from tests.servers.dovecot import PASSWORD, DovecotServer
from workers.check import check
from workers.dangers import dangers_of
from workers.place import Place
from workers.probes import Tried, probes_of, try_all
from workers.soundness import all_faults


def place(tmp_path: Path, text: str) -> Place:
    (tmp_path / "lead-intake.toml").write_text(text, encoding="utf-8")
    return Place(None, tmp_path)


def reading(tmp_path: Path, text: str) -> Reading:
    return read(place(tmp_path, text).config_path, tmp_path, {})


class Nothing:
    """A kind that hears and says nothing."""

    def verify(self, call: HttpCall, account: Account) -> None:
        raise NotImplementedError

    def hear(self, call: HttpCall, account: Account) -> Heard:
        raise NotImplementedError

    def parse(self, raw: Raw, account: Account, company: Company) -> Parsed:
        raise NotImplementedError


def own_check(account: Account) -> list[tuple[str, str, str]]:
    return [("line", "is no line", "write a number")] if account.option("line") == "x" else []


NEEDS = (
    Need("secret", True, "signs", "подпись"),
    Need("token", False, "asks", "спрашивает"),
    Need("line", False, "", ""),
)
CHANNELS = {"pbx": Channel("pbx", "A PBX", NEEDS, Nothing(), Nothing(), own_check)}


def test_f59_an_account_without_its_secret_is_a_fault(tmp_path: Path) -> None:
    """What a provider signs with must be set, or nothing starts."""
    (fault,) = all_faults(reading(tmp_path, '[[account]]\nid = "a"\nkind = "pbx"\n'), CHANNELS)
    assert (fault.line, fault.setting, fault.fault) == (1, 'account "a": secret', "is missing: signs")


def test_faults_of_the_file_and_of_its_accounts_are_told_together(tmp_path: Path) -> None:
    """Unknown kinds and settings, a kind's own check, and the file's own faults: in the order of lines."""
    text = """\
[[account]]
id = "a"
kind = "pbx"
secret = "demo-word"
sekret = "x"
line = "x"

[[account]]
id = "b"
kind = "fax"

[company]
region = "XX"
"""
    found = all_faults(reading(tmp_path, text), CHANNELS)
    assert [(one.line, one.fault) for one in found] == [
        (5, "there is no such setting"),
        (6, "is no line"),
        (10, 'there is no kind "fax"'),
        (13, 'no region is called "XX"'),
    ]
    assert all(one.mend for one in found)


def test_one_bot_cannot_serve_clients_and_managers(tmp_path: Path) -> None:
    """The same token twice is a fault; so is a rule that does not exist."""
    text = '[notify.telegram]\ntoken = "demo-bot"\n[owners]\nrules = ["by_mood"]\n'
    text += '[[account]]\nid = "a"\nkind = "pbx"\nsecret = "demo-word"\ntoken = "demo-bot"\n'
    found = all_faults(reading(tmp_path, text), CHANNELS)
    assert [(one.line, one.setting) for one in found] == [(4, "owners.rules"), (9, 'account "a": token')]


def test_a_sound_configuration_exits_0(tmp_path: Path) -> None:
    """The connections are listed, dangers are no faults."""
    said: list[str] = []
    sound = place(tmp_path, '[company]\nlanguage = "en"\n[[account]]\nid = "site"\nkind = "form"\n')
    assert check(sound, said.append) == 0
    assert "ok: database: is not there yet; the first start makes it" in said
    assert any(line.startswith("ok: queue: embedded") for line in said)
    assert any("company.public_url is not set: site" in line for line in said)
    assert any("client base is empty" in line for line in said)
    assert said[-1] == "all is well"
    assert not list(tmp_path.glob("*.db"))


def test_a_broken_configuration_exits_1_with_every_fault(tmp_path: Path) -> None:
    """Each fault is a line with the file, the line number and the mend."""
    said: list[str] = []
    broken = place(
        tmp_path, '[company]\nlanguage = "en"\nregion = "XX"\n[[account]]\nid = "a"\nkind = "fax"\n'
    )
    assert check(broken, said.append) == 1
    assert [line.split(": ")[0] for line in said[:2]] == [
        f"{broken.config_path}:3",
        f"{broken.config_path}:6",
    ]
    assert said[2].startswith("2 to mend")


def tried(tmp_path: Path, text: str) -> dict[str, Tried]:
    settings = load(place(tmp_path, text).config_path, tmp_path, {})
    found = asyncio.run(try_all(probes_of(settings, tmp_path)))
    return {one.name: one for one in found}


def test_connections_that_do_not_work_are_told_in_plain_words(tmp_path: Path) -> None:
    """A queue, a mailbox, a bot, a mail relay and a public address that nobody serves."""
    text = """\
[queue]
url = "redis://127.0.0.1:1/0"
[company]
public_url = "http://127.0.0.1:1"
[store]
url = "postgresql+psycopg://nobody@127.0.0.1:1/none"
[[account]]
id = "box"
kind = "email"
imap = "imaps://127.0.0.1:1"
user = "u"
password = "demo-word"
[notify.telegram]
token = "1234567:demo-token-of-no-bot-at-all-0000000"
api = "http://127.0.0.1:1"
[notify.email]
smtp = "smtp://127.0.0.1:1"
"""
    found = tried(tmp_path, text)
    names = {"queue", "database", 'account "box"', "notify.telegram", "notify.email", "company.public_url"}
    assert set(found) == names
    assert not [one for one in found.values() if one.works]
    assert all(one.said and "demo-" not in one.said and "\n" not in one.said for one in found.values())


def test_a_head_nobody_knows_is_a_warning(tmp_path: Path) -> None:
    """People may be in the ledger alone: one that is in neither place is told, with whom may be meant."""
    text = '[company]\nhead = "sidorova"\n[[department]]\nid = "d"\nname = "Д"\nhead = "petrov"\n'
    text += '[[manager]]\nid = "petrova"\nname = "П"\n'
    found = reading(tmp_path, text)
    assert found.settings
    told = [one for one in dangers_of(found, found.settings, CHANNELS) if "there is no manager" in one]
    assert [one.split(":")[0] for one in told] == ["line 2", "line 6"]
    assert "lead-intake managers add" in told[0]
    assert told[1].endswith('write "petrova"')


async def test_a_silent_server_holds_nobody_up() -> None:
    """Each connection has its time-out; a probe that breaks is a report too."""

    async def silent() -> str:
        await asyncio.Event().wait()
        return ""

    async def broken() -> str:
        raise KeyError("surprise")

    async def fine() -> str:
        return "well"

    found = await try_all({"a": silent, "b": broken, "c": fine}, patience_s=0.05)
    assert [(one.works, one.said) for one in found] == [
        (False, "no answer within 0 s"),
        (False, "KeyError: 'surprise'"),
        (True, "well"),
    ]


@pytest.mark.servers
def test_a_queue_server_that_answers_is_ok(tmp_path: Path, redis_url: str) -> None:
    """The configured queue is pinged."""
    assert tried(tmp_path, f'[queue]\nurl = "{redis_url}"\n')["queue"] == Tried("queue", True, "answers")


@pytest.mark.servers
def test_a_mailbox_is_signed_in_to(tmp_path: Path, dovecot: DovecotServer) -> None:
    """A right password opens the box, a wrong one is told so."""
    text = """
[[account]]
id = "box"
kind = "email"
imap = "imaps://localhost:{port}"
user = "{user}"
ca_file = "{ca}"
password = "{word}"
"""
    given = {"port": dovecot.tls_port, "user": dovecot.user(), "ca": dovecot.ca_file}
    assert tried(tmp_path, text.format(**given, word=PASSWORD))['account "box"'].works
    refused = tried(tmp_path, text.format(**given, word="demo-wrong"))['account "box"']
    assert not refused.works
    assert "password" in refused.said


async def test_a_bot_is_asked_who_it_is(tmp_path: Path) -> None:
    """getMe tells whether the token is known."""

    async def get_me(request: web.Request) -> web.Response:
        if "known" in request.match_info["token"]:
            return web.json_response({"ok": True, "result": {"id": 1, "is_bot": True, "first_name": "B"}})
        return web.json_response({"ok": False, "error_code": 401, "description": "Unauthorized"}, status=401)

    app = web.Application()
    app.router.add_route("*", "/bot{token}/getMe", get_me)
    async with TestServer(app) as server:
        works = []
        for token in (
            "1234567:known-demo-token-of-a-bot-00000000",
            "1234567:other-demo-token-of-a-bot-00000000",
        ):
            text = f'[notify.telegram]\ntoken = "{token}"\napi = "{server.make_url("")}"\n'
            settings = load(place(tmp_path, text).config_path, tmp_path, {})
            probes = {"bot": probes_of(settings, tmp_path)["notify.telegram"]}
            works += [one.works for one in await try_all(probes)]
    assert works == [True, False]
