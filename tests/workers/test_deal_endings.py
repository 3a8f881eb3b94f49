"""How deals end by what another system says, and what the clock does with those that nobody cares for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from crm.outcomes import state_of
from intake.deal import DealState, Department
from intake.decision import Changes, Wanted
from intake.errors import Conflict, NotFound
from intake.ports import Who
from intake.store.base.imports import SqlImports
from intake.store.reading.care import CareReads
from intake.store.schema import effect
from tests.workers.office import ANNA, BORIS, Office, opened
from workers.bootstrap import Silence
from workers.clients.importer import Importer, open_file, owners_by_name
from workers.clocking.care import BareDeals, CareRules

BOSS = Who("boss", "admin")


@pytest.fixture(params=["sqlite", "postgresql"])
def office(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Office]:
    """An office on either database."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    with opened(tmp_path, f'[store]\nurl = "{url}"\n' if url else "") as office:
        yield office


def imported(office: Office, tmp_path: Path) -> None:
    """A client with a deal that another CRM calls 17."""
    path = tmp_path / "base.csv"
    path.write_text(
        "Наименование;Телефон;ID сделки;Сделка;Этап\nМария Орлова;+79031184207;17;Насосы;В работе\n"
    )
    instance = office.instance
    owners = owners_by_name(list(instance.ledger.look(Wanted()).managers.values()))
    importer = Importer(
        SqlImports(instance.store, instance.ledger), instance.rules, office.clock, owners, "amo"
    )
    with (tmp_path / "report.csv").open("w") as report:
        importer.run(open_file(path, "RU", {}), report, lambda _: None)


def test_another_crm_ends_a_deal_by_its_own_name_and_words(office: Office, tmp_path: Path) -> None:
    """`amo:17` with status 142 is won; told again it changes nothing; told otherwise it is corrected."""
    imported(office, tmp_path)
    told = office.do("outcome", "amo:17", BOSS, "deal", stage="Счёт", amount="12 500")
    assert (told["stage"], told["amount"], told["state"]) == ("Счёт", 12_500.0, "open")
    for _ in range(2):
        told = office.do("outcome", "amo:17", BOSS, "deal", state="142")
        assert (told["state"], told["amount"], told["lost_reason"]) == ("won", 12_500.0, "")
    told = office.do("outcome", "amo:17", BOSS, "deal", state="143", lost_reason="передумали")
    assert (told["state"], told["lost_reason"]) == ("lost", "передумали")
    told = office.do("outcome", "amo:17", BOSS, "deal", state="open")
    assert (told["state"], told["closed_at"], told["lost_reason"]) == ("open", None, "")
    with pytest.raises(Conflict):
        office.do("outcome", "amo:17", BOSS, "deal", state="наверное")
    for unknown in ("amo:18", "bitrix:17", "number:99999", "number:x"):
        with pytest.raises(NotFound):
            office.do("outcome", unknown, BOSS, "deal", state="won")


def test_a_deal_is_reached_by_the_number_people_say(office: Office) -> None:
    """`number:1`, by every verb of deals; its tasks end with it."""
    one = office.comes()
    office.do("outcome", "number:1", BOSS, "deal", stage="Сделка успешна")
    deal = office.deal_of(one)
    assert (deal["state"], deal["tasks"][0]["state"], office.cards("anna")) == ("won", "cancelled", [])


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ("WON", DealState.WON),
        ("C5:WON", DealState.WON),
        ("Успешно  реализовано", DealState.WON),
        ("143", DealState.LOST),
        ("Закрыто и не реализовано", DealState.LOST),
        ("closed_lost", DealState.LOST),
        ("В работе", DealState.OPEN),
        ("Счёт выставлен", None),
        ("", None),
    ],
)
def test_words_for_ends(told: str, state: DealState | None) -> None:
    """Other systems' words and numbers; what says nothing of an end is no end."""
    assert state_of(told) is state


def warnings(office: Office) -> list[tuple[str, str]]:
    """What the clock told of deals, and whom."""
    rows = select(effect.c.key, effect.c.target).where(effect.c.key.like("%no_task%")).order_by(effect.c.id)
    with office.instance.store.ledger.connect() as connection:
        return [(row.key.split(":")[0], row.target) for row in connection.execute(rows)]


def test_a_deal_without_a_task_is_told_of_once_until_it_has_one(office: Office) -> None:
    """Warned once by however many clocks; after the grace the head once; a new task begins it anew."""
    instance = office.instance
    care = CareRules(24.0, None, lambda: instance.rules)

    def clock() -> None:
        for _ in range(2):
            reads = CareReads(instance.store)
            BareDeals(reads, instance.ledger, Silence(), care).run(office.clock.now())

    head = Changes(departments={"sales": Department("sales", head="boris")})
    instance.ledger.fold(Wanted(), lambda _: head)
    one = office.comes()
    clock()
    assert warnings(office) == []
    deal = office.deal_of(one)
    office.do("done", deal["tasks"][0]["id"], ANNA, "task", result="да", next="none")
    clock()
    assert warnings(office) == [("warned_no_task", "anna")]
    office.clock.advance(23 * 3600)
    clock()
    assert len(warnings(office)) == 1
    office.clock.advance(2 * 3600)
    clock()
    assert warnings(office)[1:] == [("no_task_for_long", "boris")]
    office.do("tasks", deal["id"], ANNA, "deal", text="Позвонить", due_at="2030-01-01T10:00:00Z")
    clock()
    assert len(warnings(office)) == 2
    told = office.do("release", deal["id"], BORIS, "deal")
    assert told["owner"] == "boris"
    verbs = [act.verb for act in office.reader.acts("deal", deal["id"])]
    assert verbs == ["warned_no_task", "no_task_for_long", "tasks", "release"]


def test_many_deals_without_a_task_are_one_notice(office: Office) -> None:
    """Four deals of each manager: one message that lists them; each stands on record by itself."""
    instance = office.instance
    care = CareRules(24.0, None, lambda: instance.rules)
    deals = [office.deal_of(office.comes(phone=f"+7 916 000-10-{number:02}", name="")) for number in range(8)]
    for deal in deals:
        office.do("done", deal["tasks"][0]["id"], BOSS, "task", result="да", next="none")
    kept = office.comes(phone="+7 916 000-11-22", name="Пётр")
    listed = office.reader.listing("deals", {"task": "none"}, 50, "").items
    assert {one["id"] for one in listed} == {deal["id"] for deal in deals}
    assert office.deal_of(kept)["id"] not in {one["id"] for one in listed}
    BareDeals(CareReads(instance.store), instance.ledger, Silence(), care).run(office.clock.now())
    assert sorted(warnings(office)) == [("warned_no_task", "anna"), ("warned_no_task", "boris")]
    assert all(office.reader.acts("deal", deal["id"])[-1].verb == "warned_no_task" for deal in deals)
