"""The JSON API: shapes, roles, refusals, and a description that is true."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from dashboard.openapi import description
from dashboard.schemas import SCHEMAS
from dashboard.table import ACTS, LOOKS
from intake.alarm import Finding, Rule
from intake.ports import ROLES
from intake.store.alarms import SqlAlarms
from tests.dashboard.conftest import Client
from tests.dashboard.house import ADMIN_TOKEN, ERRORS, House, ask_about

Ask = Callable[..., Any]
BODIES = {
    "assign": {"owner": "sidorov"},
    "stage": {"stage": "talks"},
    "lost": {"lost_reason": "price"},
    "owner": {"owner": "sidorov"},
    "reply": {"text": "Добрый день"},
    "tasks": {"text": "call", "due_at": "2026-11-23T10:00:00Z"},
    "done": {"result": "called"},
    "merge": {"client_id": "c2"},
    "unmerge": {"client_id": "c2"},
    "same": {"client_id": "c2"},
    "different": {"client_id": "c2"},
    "later": {"client_id": "c2"},
    "press": {"act": "take"},
    "backfill": {"since": "2026-11-20T00:00:00Z"},
}


def fits(value: Any, schema: Mapping[str, Any], where: str = "$") -> list[str]:
    """What in `value` is not as the schema says."""
    if "$ref" in schema:
        return fits(value, SCHEMAS[schema["$ref"].rsplit("/", 1)[1]], where)
    if "anyOf" in schema:
        found = [fits(value, one, where) for one in schema["anyOf"]]
        return min(found, key=len)
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where}: {value!r}"]
    kinds = schema.get("type", [])
    types = {
        "string": str,
        "integer": int,
        "number": (int, float),
        "array": list,
        "object": dict,
        "boolean": bool,
        "null": type(None),
    }
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(isinstance(value, types[kind]) for kind in kinds):
        return [f"{where}: {type(value).__name__}"]
    wrong: list[str] = []
    if isinstance(value, list) and "items" in schema:
        wrong += [
            one
            for place, item in enumerate(value)
            for one in fits(item, schema["items"], f"{where}[{place}]")
        ]
    if isinstance(value, dict) and "properties" in schema:
        wrong += [f"{where}.{name} is missing" for name in schema["required"] if name not in value]
        wrong += [f"{where}.{name} is not described" for name in value if name not in schema["properties"]]
        for name, inner in schema["properties"].items():
            wrong += fits(value[name], inner, f"{where}.{name}") if name in value else []
    return wrong


async def test_every_answer_has_the_shape_that_is_described(
    api: Ask, house: House, ids: dict[str, str]
) -> None:
    """Each GET of openapi.json, asked for real, fits its schema."""
    SqlAlarms(house.store).fold([Finding(Rule.QUEUE)], house.clock.now(), lambda alarm: [])
    ask_about(house, f"{ids['letter']}c", f"{ids['call']}c")
    idents = {"inquiry": ids["letter"], "client": f"{ids['letter']}c", "deal": ids["deal"]}
    for look in LOOKS:
        path = look.path.replace("{id}", idents.get(look.handler, ""))
        status, told = await api("admin", path)
        assert status == 200, path
        if look.answer in SCHEMAS:
            assert fits(told, SCHEMAS[look.answer]) == [], path
        if look.answer.endswith("Page"):
            assert told["items"], path
    _, document = await api("admin", "/openapi.json")
    assert document == description()


async def test_the_contracts_routes_are_all_there() -> None:
    """Every route the contract names is in the table."""
    acts = {(act.collection, act.verb) for act in ACTS}
    inquiries = ("take", "attach", "create", "detach", "reject", "accept", "assign", "replay")
    wanted = {("inquiries", verb) for verb in inquiries}
    wanted |= {("clients", "merge"), ("clients", "unmerge"), ("tasks", "done")}
    wanted |= {("deals", verb) for verb in ("stage", "won", "lost", "owner", "tasks")}
    wanted |= {("managers", verb) for verb in ("invite", "pause", "dismiss")}
    assert wanted <= acts


async def test_a_command_reaches_the_use_cases_as_it_was_sent(
    api: Ask, house: House, ids: dict[str, str]
) -> None:
    """Verb, subject, arguments and in whose name."""
    status, told = await api("admin", f"/inquiries/{ids['offered']}/take", {"manager": "sidorov"})
    assert (status, told["verb"]) == (200, "take")
    command, who = house.desk.asked[-1]
    assert (command.what, command.verb, command.ident, dict(command.args)) == (
        "inquiry",
        "take",
        ids["offered"],
        {},
    )
    assert (who.role, who.manager) == ("admin", "sidorov")
    await api("admin", f"/deals/{ids['deal']}/won", {"amount": 1500.5})
    assert dict(house.desk.asked[-1][0].args) == {"amount": "1500.5"}


@pytest.mark.parametrize(("error", "status"), ERRORS, ids=[type(error).__name__ for error, _ in ERRORS])
async def test_an_error_is_one_line_of_json(api: Ask, house: House, error: Exception, status: int) -> None:
    """404, 409 and 403 with what stands in the way."""
    house.desk.answer = error
    assert await api("admin", "/inquiries/x1/take", {}) == (status, {"error": str(error)})


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"owner": ["a"]}', "owner"),
        ('{"owner": "a", "deal_id": "x", "__proto__": {}}', "unknown"),
        ("[1]", "object"),
        ("{", "JSON"),
        ("{}", "missing: owner"),
        ('{"owner": NaN}', "JSON"),
        ("[" * 5000, "JSON"),
        ('{"owner": "' + "a" * 5000 + '"}', "owner"),
        ('{"owner": "a\\u0000b"}', "NUL"),
    ],
)
async def test_f60_a_body_of_another_shape_is_refused(client: Client, body: str, said: str) -> None:
    """Wrong types, unknown fields, broken or nested JSON: 400 with the reason, and nothing is done."""
    headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    answer = await client.post("/api/v1/inquiries/x1/assign", data=body, headers=headers)
    assert answer.status == 400
    assert said in (await answer.json())["error"]


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=x", "limit=-1", "state=gone", "colour=red", "since=x", "q=%00", "limit=99999999999"],
)
async def test_a_query_nobody_can_mean_is_refused(client: Client, query: str) -> None:
    """400 names the parameter."""
    headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    path = "balance" if query.startswith("since") else "inquiries"
    answer = await client.get(f"/api/v1/{path}?{query}", headers=headers)
    assert answer.status == 400
    assert query.partition("=")[0] in (await answer.json())["error"]


async def test_a_long_limit_is_taken_as_500(api: Ask, ids: dict[str, str]) -> None:
    """Clamped, not refused."""
    status, told = await api("admin", "/inquiries?limit=100000")
    assert status == 200
    assert len(told["items"]) == 18


async def test_f64_an_observer_sees_masked_contacts_alone(api: Ask, ids: dict[str, str]) -> None:
    """No phone and no address in any list or item, whatever field it stands in."""
    letter = ids["letter"]
    paths = [
        "/inquiries?limit=500",
        f"/inquiries/{letter}",
        f"/clients/{letter}c",
        "/deals",
        "/cards",
        "/tasks",
        "/managers",
    ]
    for path in paths:
        status, told = await api("observer", path)
        assert status == 200, path
        for secret in ("74951234567", "orlov@", "79165551", "client0@", "123456", "sidorov@", "'1001'"):
            assert secret not in str(told).replace("client_id", ""), (path, secret)


async def test_f64_a_manager_sees_and_touches_their_own_alone(
    api: Ask, house: House, ids: dict[str, str]
) -> None:
    """Another's inquiry, deal, client, task or card is not there, to look at or to act on."""
    letter = ids["letter"]
    theirs = [f"/inquiries/{letter}", f"/deals/{ids['deal']}", f"/clients/{letter}c"]
    for path in theirs:
        assert (await api("manager", path, manager="petrova"))[0] == 200, path
        assert (await api("manager", path, manager="sidorov"))[0] == 404, path
    for path in (
        "/cards?manager=petrova",
        "/deals?owner=petrova",
        "/tasks?owner=petrova",
        "/balance",
        "/channels",
    ):
        assert (await api("manager", path, manager="sidorov"))[0] == 403, path
    for path, key in (("/cards", "manager"), ("/deals", "owner"), ("/tasks", "owner")):
        _, told = await api("manager", path, manager="sidorov")
        assert {one[key] for one in told["items"]} == {"sidorov"}, path
    _, told = await api("manager", "/inquiries?limit=500", manager="sidorov")
    assert {one["decision"]["owner"] for one in told["items"]} == {"sidorov"}
    for path in (f"/inquiries/{letter}/reject", f"/deals/{ids['deal']}/won", f"/tasks/{letter}t/done"):
        assert (await api("manager", path, BODIES.get(path.rsplit("/", 1)[1], {}), manager="sidorov"))[
            0
        ] == 404, path
    assert (await api("manager", f"/inquiries/{letter}/take", {"manager": "petrova"}, manager="sidorov"))[
        0
    ] == 403
    assert house.desk.asked == []
    assert (await api("manager", f"/inquiries/{letter}/take", {}, manager="petrova"))[0] == 200


@pytest.mark.parametrize("role", ROLES)
async def test_f64_each_role_may_do_what_the_table_says(api: Ask, ids: dict[str, str], role: str) -> None:
    """Over all routes: below the least role 403, from it on an answer."""
    rank = ROLES.index(role)
    _, cards = await api("admin", "/cards?manager=petrova")
    for act in ACTS:
        ident = {"inquiry": ids["letter"], "deal": ids["deal"], "client": f"{ids['letter']}c"}
        ident["card"] = cards["items"][0]["id"]
        subject = ident.get(act.what, f"{ids['letter']}t" if act.what == "task" else "petrova")
        path = act.path.replace("{id}", subject)
        status, _ = await api(role, path, BODIES.get(act.verb, {}), manager="petrova")
        assert status == (200 if rank >= ROLES.index(act.role) else 403), path


async def test_f64_ids_cannot_be_guessed(ids: dict[str, str]) -> None:
    """Each id carries at least 128 random bits beyond its time."""
    assert all(len(ident) >= 36 for ident in ids.values())


async def test_readiness_and_liveness_need_no_token(client: Client) -> None:
    """And metrics none from this machine itself; a proxy's request for somebody else needs one."""
    assert (await client.get("/healthz")).status == 200
    ready = await client.get("/readyz")
    assert (ready.status, await ready.json()) == (200, {"ready": True, "faults": []})
    assert (await client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})).status == 401


async def test_metrics_tell_the_same_numbers(client: Client, ids: dict[str, str]) -> None:
    """Prometheus reads what the first page shows."""
    text = await (await client.get("/metrics")).text()
    assert 'lead_intake_inquiries{state="created"} 9.0' in text
    assert 'lead_intake_received_total{account="site"} 10.0' in text
    assert "lead_intake_difference 0.0" in text
    assert "process_resident_memory_bytes" in text
