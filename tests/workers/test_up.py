"""The supervisor with real processes: nothing runs on as an orphan, nothing stays dead."""

import json
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.workers.running import alive, running, until
from workers.supervisor import Backoff


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_f06_told_to_stop_it_lets_its_children_finish_and_exits_0(data: Path, how: signal.Signals) -> None:
    """Each child gets SIGTERM and finishes what it has in hand; none is left."""
    with running(data, "steady", "steady-2") as house:
        pids = [house.pid("steady"), house.pid("steady-2"), *house.children()]
        assert house.stop(how) == 0
        assert house.ended("steady")
        assert house.ended("steady-2")
        assert not [pid for pid in pids if alive(pid)]


def test_a_child_that_does_not_stop_is_killed_after_the_grace(data: Path) -> None:
    """A stubborn child delays the end by the grace alone."""
    with running(data, "stubborn", "steady") as house:
        pid = house.pid("stubborn")
        house.pid("steady")
        assert house.stop() == 0
        assert not alive(pid)
        assert house.ended("steady")


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="PR_SET_PDEATHSIG is Linux's own")
def test_no_child_outlives_a_killed_supervisor(data: Path) -> None:
    """After kill -9 of `up` its processes and the queue server vanish, stubborn ones too."""
    with running(data, "steady", "stubborn") as house:
        named = {house.pid("steady"), house.pid("stubborn")}
        children = set(house.children())
        assert children >= named
        house.stop(signal.SIGKILL)
        until(lambda: not any(alive(pid) for pid in children), "all children are gone")


def test_a_dead_child_is_started_again(data: Path) -> None:
    """A child that was killed comes back as another process; its sibling is not touched."""
    with running(data, "steady", "steady-2") as house:
        first, sibling = house.pid("steady"), house.pid("steady-2")
        house_kill(first)
        until(lambda: len(house.pids("steady")) == 2, "it is back")
        assert alive(house.pid("steady"))
        assert house.pids("steady-2") == [sibling]
        assert house.process.poll() is None


def house_kill(pid: int) -> None:
    """Kill one child, of ours."""
    subprocess.run(["kill", "-9", str(pid)], check=True)


def test_f09_a_crash_loop_rests_longer_and_longer_and_others_live(data: Path) -> None:
    """A child that always fails is tried again with growing rests, each death is logged; nothing else dies."""
    with running(data, "crashing", "steady") as house:
        sibling = house.pid("steady")
        until(lambda: house.log().count('"event":"died"') >= 5, "it dies five times")
        assert house.pids("steady") == [sibling]
        assert alive(sibling)
        deaths = [line for line in map(json.loads, house.log().splitlines()) if line["event"] == "died"]
    assert [line["again_in_s"] for line in deaths[:5]] == [0.05, 0.1, 0.2, 0.4, 0.4]
    assert {line["child"] for line in deaths} == {"crashing"}


def test_the_rest_is_bounded_however_often_it_died() -> None:
    """Rests double up to the most, also after days of dying."""
    backoff = Backoff(first=0.2, most=30.0)
    assert [backoff.rest(deaths) for deaths in (1, 2, 3)] == [0.2, 0.4, 0.8]
    assert backoff.rest(100_000) == 30.0


def test_f22_a_second_one_on_the_same_data_says_who_holds_it(data: Path) -> None:
    """The second `up` exits 1 and names the process; the first one lives on."""
    with running(data, "steady") as first:
        pid = first.pid("steady")
        with running(data, "steady") as second:
            assert second.process.wait(30) == 1
        assert f"process {first.process.pid}" in first.log()
        assert alive(pid)
        assert first.pids("steady") == [pid]


def test_two_data_directories_live_side_by_side(tmp_path: Path) -> None:
    """Two instances on one machine have their own locks, ports and queue servers."""
    with running(tmp_path / "one", "steady") as one, running(tmp_path / "two", "steady") as two:
        assert alive(one.pid("steady"))
        assert alive(two.pid("steady"))
        assert len(one.children()) == len(two.children()) == 2
        assert one.stop() == 0
        assert alive(two.pid("steady"))


def test_the_lock_ends_with_its_holder(data: Path) -> None:
    """After kill -9 the next `up` starts at once, with nothing to clean up by hand."""
    with running(data, "steady") as house:
        house.pid("steady")
        house.stop(signal.SIGKILL)
    with running(data, "steady") as again:
        until(lambda: len(again.pids("steady")) == 2, "it starts again")
        assert again.stop() == 0


def test_requests_wait_while_the_web_process_is_restarted(data: Path) -> None:
    """The socket is the supervisor's: who connects while the web process is dead is answered by the next."""
    with running(data, "web") as house:
        house.pid("web")
        address = ("127.0.0.1", int((data / "port").read_text(encoding="utf-8")))
        answers = []
        for _ in range(3):
            with socket.create_connection(address, timeout=30) as connection:
                answers.append(int(connection.recv(100)))
        assert answers == house.pids("web")[:3]


def test_the_database_is_brought_up_to_date_before_any_child_starts(data: Path) -> None:
    """A migration that fails ends `up` with its reason in one line."""
    with running(data, "steady", "broken") as house:
        assert house.process.wait(30) == 1
        assert house.log().splitlines()[-1] == "lead-intake: the database is newer than this program"
        assert house.pids("steady") == []


def test_without_a_configuration_a_starter_is_written(data: Path) -> None:
    """It says where; a second start keeps it."""
    with running(data, "steady") as house:
        house.pid("steady")
        house.stop()
        said = house.said()
    assert str(data / "lead-intake.toml") in said
    with running(data, "steady") as again:
        until(lambda: len(again.pids("steady")) == 2, "it starts again")
        again.stop()
        assert again.said() == ""


def test_a_taken_port_is_told_in_one_line(data: Path) -> None:
    """Faults of the configuration are told before anything starts."""
    data.mkdir()
    (data / "lead-intake.toml").write_text("[company]\nregion = 'XX'\n", encoding="utf-8")
    with running(data, "steady") as house:
        assert house.process.wait(30) == 1
        assert house.log().count("\n") == 1
        assert "lead-intake.toml:2: company.region" in house.log()
