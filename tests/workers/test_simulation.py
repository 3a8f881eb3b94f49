"""`simulate`: what it sends is what sites send, and its report is true."""

from collections import Counter

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.base import HttpCall
from channels.catalogue import channels_by_kind
from channels.signing import KEY_HEADER
from intake.account import Account, Company
from intake.inquiry import Outcome, Raw
from workers.simulation import PROOFS, SOURCES, Crowd, Report, sealed, simulate


def test_every_simulated_form_is_understood() -> None:
    """Each has a name, a phone and its number; visitors come again."""
    form = channels_by_kind()["form"]
    account, crowd, phones, types = Account("site", "form"), Crowd(1), Counter[str](), set()
    for number in range(200):
        post = crowd.form(number)
        headers = tuple((name.lower(), value) for name, value in post.headers.items())
        call = HttpCall("POST", post.path, "", headers, post.body)
        assert form.webhook is not None
        (event,) = form.webhook.hear(call, account).events
        raw = Raw("r", 1, "i", "site", "form", 0, post.body, call.head(), event.external_id)
        parsed = form.parser.parse(raw, account, Company())
        assert parsed.outcome is Outcome.ACCEPTED
        (phone,) = parsed.inquiry.sender.phones
        assert f"№ {number})" in parsed.inquiry.text
        phones[phone] += 1
        types.add(post.headers["Content-Type"])
    assert len(types) == 3
    assert 100 < len(phones) < 200


@pytest.mark.parametrize("kind", ["tilda", "elementor", "marquiz", "typeform"])
def test_every_form_simulated_by_a_builder_is_understood(kind: str) -> None:
    """It is let in, has the visitor's name, phone and wish; no two submissions look like a repeated one."""
    channel, account, crowd = channels_by_kind()[kind], Account(kind, kind, "demo-word"), Crowd(2)
    known = set()
    for number in range(50):
        post = SOURCES[kind](crowd, number)
        proof = PROOFS[kind](account.secret, post.body) if kind in PROOFS else {KEY_HEADER: account.secret}
        headers = tuple((name.lower(), value) for name, value in {**post.headers, **proof}.items())
        call = HttpCall("POST", post.path, "", headers, post.body)
        assert channel.webhook is not None
        channel.webhook.verify(call, account)
        (event,) = channel.webhook.hear(call, account).events
        known.add(event.external_id or event.content_key)
        raw = Raw("r", 1, "i", kind, kind, 0, post.body, call.head(), event.external_id)
        parsed = channel.parser.parse(raw, account, Company())
        assert parsed.outcome is Outcome.ACCEPTED
        assert parsed.inquiry.sender.name
        assert len(parsed.inquiry.sender.phones) == 1
        assert f"№ {number})" in parsed.inquiry.text
    assert len(known) == 50


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("telegram", {"secret_token": "demo-word"}),
        ("vk", {"group_id": 123}),
        ("max", {}),
        ("wazzup", {"crm_key": "demo-key"}),
        ("wazzup", {}),
    ],
)
def test_every_simulated_message_is_let_in_and_understood(kind: str, options: dict[str, object]) -> None:
    """With the provider's own proof; each writer is known again, no two messages look like a repeated one."""
    channel, crowd = channels_by_kind()[kind], Crowd(3)
    account = Account(kind, kind, "demo-word", options=options)
    known, writers = set(), set()
    for number in range(50):
        post = sealed(account, SOURCES[kind](crowd, number))
        headers = {KEY_HEADER: account.secret, **post.headers}
        call = HttpCall(
            "POST", "", "", tuple((name.lower(), one) for name, one in headers.items()), post.body
        )
        assert channel.webhook is not None
        channel.webhook.verify(call, account)
        (event,) = channel.webhook.hear(call, account).events
        known.add(event.external_id)
        raw = Raw("r", 1, "i", kind, kind, 0, post.body, call.head(), event.external_id)
        parsed = channel.parser.parse(raw, account, Company())
        assert parsed.outcome is Outcome.ACCEPTED
        assert f"№ {number})" in parsed.inquiry.text
        writers.add(tuple(parsed.inquiry.sender.handles.values()))
    assert len(known) == 50
    assert 20 < len(writers) < 50


def test_the_same_seed_makes_the_same_crowd() -> None:
    """A run can be repeated."""
    one, two = Crowd(7), Crowd(7)
    assert [one.form(number) for number in range(20)] == [two.form(number) for number in range(20)]


async def test_the_report_counts_what_was_answered() -> None:
    """Acknowledged and failed ones add up to what was sent; the secret goes along; visitors differ."""
    seen = Counter[str]()
    addresses = set()

    async def answer(request: web.Request) -> web.Response:
        seen[request.match_info["account"]] += 1
        addresses.add(request.remote)
        wrong = request.headers.get("X-Lead-Intake-Key") != "demo-word"
        return web.Response(status=403 if wrong else 200)

    app = web.Application()
    app.router.add_post("/in/{account}", answer)
    async with TestServer(app, host="127.0.0.1") as server:
        url = str(server.make_url("")).rstrip("/")
        accounts = [Account("a", "form", "demo-word"), Account("b", "form")]
        report = await simulate(url, accounts, rate=400, seconds=0.25, seed=3)
    assert report.sent == sum(seen.values())
    assert report.sent >= 100
    assert (report.acknowledged, report.failures) == (seen["a"], Counter({"HTTP 403": seen["b"]}))
    assert len(report.latencies) == report.acknowledged
    assert len(addresses) > 10


async def test_nobody_answers() -> None:
    """A dead instance is a failure, not a crash."""
    report = await simulate("http://127.0.0.1:1", [Account("a", "form")], rate=100, seconds=0.03, seed=1)
    assert (report.acknowledged, sum(report.failures.values())) == (0, report.sent)


def test_the_report_in_lines() -> None:
    """Counts, causes, latencies."""
    report = Report(4, 3, Counter({"HTTP 503": 1}), [0.001, 0.002, 0.1])
    assert report.told() == [
        "sent 4, acknowledged 3, failed 1",
        "  1 x HTTP 503",
        "latency, ms: p50 2 p95 100 p99 100 max 100",
    ]
