"""Thresholds are settings, and can be tried on the past before they hold."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from dedup.resolver import Thresholds
from intake.decision import Identity
from intake.store.base.listing import SqlListing
from tests.workers.office import Office, opened
from workers.cli import group
from workers.clients.rehearsal import Rehearsed, rehearse


def tried(office: Office, after: Thresholds, limit: int = 100) -> Rehearsed:
    """The thresholds that hold against others."""
    instance = office.instance
    return rehearse(SqlListing(instance.store), instance.company, instance.rules.thresholds, after, limit)


def test_the_same_thresholds_change_nothing(tmp_path: Path) -> None:
    """Each inquiry is asked about without what was born of it, and finds what it found."""
    with opened(tmp_path) as office:
        office.comes(name="Иван Петров")
        office.comes(name="Мария Орлова")
        office.comes(phone="+7 903 118-42-07", name="Иван Петров")
        found = tried(office, Thresholds())
    assert (found.asked, found.changed) == (3, [])


def test_what_would_change_is_listed_with_both_answers(tmp_path: Path) -> None:
    """The newest first; decided now, before and after; nothing is written."""
    with opened(tmp_path) as office:
        first = office.comes(name="Иван Петров")
        second = office.comes(name="Мария Орлова")
        client = office.inquiry(first)["decision"]["client_id"]
        before = office.inquiry(second)["decision"]
        found = tried(office, Thresholds(possible=5.0))
        (one, other) = found.changed
        assert (one.inquiry_id, one.decided) == (second, Identity.POSSIBLE)
        assert (one.before.identity, one.before.client_id) == (Identity.POSSIBLE, client)
        assert (one.after.identity, one.after.client_id) == (Identity.NEW, "")
        assert one.rules_version == before["rules_version"]
        # the older one, asked about today, finds the newer
        assert (other.inquiry_id, other.decided) == (first, Identity.NEW)
        assert tried(office, Thresholds(possible=5.0), limit=1).asked == 1
        assert office.inquiry(second)["decision"] == before


def test_after_a_merge_an_inquiry_does_not_find_itself(tmp_path: Path) -> None:
    """Its person went to another client: the person is left out then."""
    with opened(tmp_path) as office:
        office.comes(name="Иван Петров")
        second = office.comes(name="Мария Орлова")
        office.do("same", second)
        found = tried(office, Thresholds(same=30.0))
    assert [one.before.identity for one in found.changed] == []


def test_the_thresholds_of_the_configuration_decide(tmp_path: Path) -> None:
    """And the version of the rules tells."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    versions = []
    for folder, said in (("a", ""), ("b", "[identity]\nsame = 9\npossible = 5\n")):
        with opened(tmp_path / folder, said) as office:
            office.comes(name="Иван Петров")
            ident = office.comes(name="Мария Орлова")
            decision = office.inquiry(ident)["decision"]
            versions.append(decision["rules_version"])
            assert decision["identity"] == ("new" if said else "possible")
    assert versions[0] != versions[1]


def test_the_command(tmp_path: Path) -> None:
    """It says how many of how many, and which; thresholds that contradict each other are refused."""
    with opened(tmp_path) as office:
        office.comes(name="Иван Петров")
        ident = office.comes(name="Мария Орлова")
    run = CliRunner()
    told = run.invoke(group, ["clients", "thresholds", "--data", str(tmp_path), "--possible", "5"])
    assert told.exit_code == 0
    assert told.stdout.splitlines()[0] == "would have changed 2 of 2"
    assert told.stdout.splitlines()[1].startswith(f"{ident}\tpossible ")
    assert "The name is another one" in told.stdout
    for wrong in (["--possible", "9"], ["--crowd", "1"]):
        assert run.invoke(group, ["clients", "thresholds", "--data", str(tmp_path), *wrong]).exit_code == 2
