"""What people do with inquiries, deals, tasks and managers - through the real ledger, by the one table of verbs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from intake.errors import Conflict, Forbidden, NotFound
from intake.inquiry import NewRaw
from intake.ports import Delivery, InquiryFilter, Who
from tests.workers.office import ANNA, BORIS, Office, opened


@pytest.fixture(params=["sqlite", "postgresql"])
def office(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Office]:
    """An office on either database."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    with opened(tmp_path, f'[store]\nurl = "{url}"\n' if url else "") as office:
        yield office


def test_a_taken_card_says_by_whom_and_a_second_take_changes_nothing(office: Office) -> None:
    """Taking twice is taking once."""
    ident = office.comes()
    office.do("take", ident)
    office.do("take", ident)

    (card,) = office.cards("anna")
    assert (card["state"], card["taken_by"]) == ("taken", "anna")


def test_f51_the_second_to_take_is_told_who_has_it(office: Office) -> None:
    """One owner, and the truth for the other."""
    ident = office.comes()
    office.do("take", ident)

    with pytest.raises(Conflict, match="Анна Петрова"):
        office.do("take", ident, BORIS)
    assert office.deal_of(ident)["owner"] == "anna"


def test_who_takes_another_ones_new_card_gets_the_deal_its_task_and_its_card(office: Office) -> None:
    """The first owner's card is closed."""
    ident = office.comes()
    office.do("take", ident, BORIS)

    deal = office.deal_of(ident)
    assert deal["owner"] == "boris"
    assert [task["owner"] for task in deal["tasks"]] == ["boris"]
    assert office.cards("anna") == []
    assert office.cards("boris")[0]["state"] == "taken"


def test_on_take_client_and_deal_are_born_when_somebody_takes_it(office: Office) -> None:
    """Offered until then; the same card becomes the deal's."""
    ident = office.comes("tray")
    assert office.inquiry(ident)["state"] == "offered"
    assert office.reader.listing("deals", {}, 10, "").items == []
    (offered,) = office.cards("anna")

    told = office.do("take", ident)

    assert told["state"] == "created"
    assert office.deal_of(ident)["owner"] == "anna"
    (card,) = office.cards("anna")
    assert (card["id"], card["state"]) == (offered["id"], "taken")


def test_the_second_of_two_offered_ones_joins_the_deal_of_the_first(office: Office) -> None:
    """One client, one deal, one card that still says something."""
    first, second = office.comes("tray"), office.comes("tray")
    office.do("take", first)
    office.do("take", second)

    assert office.inquiry(second)["state"] == "attached"
    assert sorted(office.deal_of(first)["inquiries"]) == sorted([first, second])


def test_ask_leaves_the_choice_to_the_manager(office: Office) -> None:
    """Attached where the manager says."""
    first = office.comes()
    ident = office.comes("choice")
    assert office.inquiry(ident)["state"] == "offered"

    office.do("attach", ident, deal_id=office.deal_of(first)["id"])

    assert office.inquiry(ident)["state"] == "attached"
    assert ident in office.deal_of(first)["inquiries"]


def test_not_a_sale_closes_the_deal_that_was_born_of_it_alone(office: Office) -> None:
    """Its task is cancelled, its card closed; accepting it after all begins anew."""
    ident = office.comes()
    deal_id = office.deal_of(ident)["id"]
    office.do("reject", ident, reason="spam")

    deal = office.reader.one("deal", deal_id)
    assert deal
    assert (deal["state"], deal["lost_reason"]) == ("lost", "spam")
    assert {task["state"] for task in deal["tasks"]} == {"cancelled"}
    assert office.cards("anna") == office.cards("boris") == []
    assert (office.inquiry(ident)["state"], office.inquiry(ident)["state_reason"]) == ("rejected", "spam")


def test_a_detached_one_is_offered_again_and_the_rest_of_the_deal_stays(office: Office) -> None:
    """The deal keeps its other inquiries."""
    first, second = office.comes(), office.comes()
    office.do("detach", second)

    assert office.inquiry(second)["state"] == "offered"
    assert office.deal_of(first)["inquiries"] == [first]


def test_a_deal_of_its_own(office: Office) -> None:
    """An attached inquiry becomes a second deal of the same client."""
    first, second = office.comes(), office.comes()
    office.do("create", second, title="Другая поставка")

    assert office.deal_of(second)["id"] != office.deal_of(first)["id"]
    assert office.deal_of(second)["client_id"] == office.deal_of(first)["client_id"]
    assert office.deal_of(second)["title"] == "Другая поставка"


def test_an_assigned_one_moves_with_its_card(office: Office) -> None:
    """The new owner is shown a card, the former one's is closed."""
    ident = office.comes()
    office.do("assign", ident, owner="boris")

    assert office.inquiry(ident)["decision"]["owner"] == "boris"
    assert office.cards("anna") == []
    assert len(office.cards("boris")) == 1


def test_the_suspect_is_the_one_and_it_is_remembered(office: Office) -> None:
    """The same phone with another name proposes; the answer joins the deal to the suspect's client."""
    first = office.comes(name="Иван Петров")
    second = office.comes(name="Мария Орлова")
    assert office.inquiry(second)["decision"]["identity"] == "possible"

    office.do("same", second)

    assert office.deal_of(second)["client_id"] == office.deal_of(first)["client_id"]


def test_a_closed_deal_takes_nothing_any_more(office: Office) -> None:
    """Attaching to it is refused, the next inquiry opens a new one."""
    first = office.comes()
    office.do("won", office.deal_of(first)["id"], what="deal", amount="1000,50")
    second = office.comes()

    assert office.deal_of(first)["amount"] == 1000.5
    assert office.deal_of(second)["id"] != office.deal_of(first)["id"]
    with pytest.raises(Conflict):
        office.do("attach", second, deal_id=office.deal_of(first)["id"])


def test_a_task_is_done_with_its_result_and_the_next_step(office: Office) -> None:
    """An open deal is not left without a task."""
    ident = office.comes()
    (task,) = office.deal_of(ident)["tasks"]
    office.do(
        "done",
        task["id"],
        what="task",
        result="договорились",
        next_text="выслать счёт",
        next_due_at="2030-01-01T10:00:00Z",
    )

    states = {one["text"]: one["state"] for one in office.deal_of(ident)["tasks"]}
    assert states == {task["text"]: "done", "выслать счёт": "planned"}


def test_a_dismissed_manager_hands_over_and_acts_no_more(office: Office) -> None:
    """A preview changes nothing; then the deals are the others'."""
    ident = office.comes()
    preview = office.do("dismiss", "anna", Who("head", "head"), "manager", preview="1")
    assert preview["open_deals"] == [office.deal_of(ident)["id"]]
    assert office.deal_of(ident)["owner"] == "anna"

    office.do("dismiss", "anna", Who("head", "head"), "manager")

    assert office.deal_of(ident)["owner"] == "boris"
    with pytest.raises(Forbidden):
        office.do("take", ident, ANNA)


def test_a_paused_manager_is_given_nothing_new(office: Office) -> None:
    """Until the pause is over."""
    office.do("pause", "anna", Who("head", "head"), "manager")

    owners = {office.deal_of(office.comes(phone=f"+7 916 207-32-{n:02}"))["owner"] for n in range(3)}
    assert owners == {"boris"}


def test_a_buried_one_is_replayed_once_its_cause_is_mended(office: Office) -> None:
    """What came is kept; the same inquiry gets its deal."""
    bad = NewRaw("site", "nobody-knows", b"x", {}, external_id="b")
    receipts = office.instance.journal.append([Delivery([bad])], {}, office.clock.now())
    office.processor.process()
    ident = receipts[0][0].inquiry_id
    assert office.inquiry(ident)["state"] == "buried"

    office.do("replay", ident, Who("duty", "duty"))
    office.processor.process()

    assert office.inquiry(ident)["state"] == "buried"
    assert len(office.reader.inquiries(InquiryFilter()).items) == 1


def test_what_is_not_there_is_said_to_be_not_there(office: Office) -> None:
    """An unknown inquiry, deal, verb."""
    for verb, ident, what in (("take", "nope", "inquiry"), ("won", "nope", "deal"), ("fly", "x", "inquiry")):
        with pytest.raises(NotFound):
            office.do(verb, ident, what=what)
