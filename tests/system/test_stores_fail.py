"""Rows F11-F18, F66: the database, the disk or the queue fails; nothing acknowledged is lost, and it goes on after."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from redis import Redis

from intake.store.queue import QUEUE
from tests.servers.postgres import PostgresServer
from tests.system.instance import Instance, instance, until
from tests.system.oracle import Oracle
from workers.embedded import socket_path

_CONFIG = """
[[account]]
id = "site"
kind = "form"

[[manager]]
id = "petrova"
name = "Анна Петрова"

[limits]
form_per_address_min = 1000000
{more}
"""


async def _status(house: Instance, path: str) -> int:
    async with house.http.get(f"{house.url}{path}") as answer:
        return answer.status


@pytest.mark.timeout(180)
async def test_f11_with_the_database_down_forms_are_spooled_and_all_come_in_afterwards(
    tmp_path: Path, postgres_server: PostgresServer, postgres_url: str
) -> None:
    """A form's sender never comes again, so its "ok" is a file on the disk; the doors stay open meanwhile."""
    config = _CONFIG.format(more=f'[store]\nurl = "{postgres_url}"')
    async with instance(tmp_path / "var", config) as house:
        await house.start()
        oracle = Oracle(house, seed=11)
        await oracle.stream(20)
        postgres_server.stop(signal.SIGQUIT)
        oracle.seed = 111
        try:
            await oracle.stream(20)
            assert await _status(house, "/readyz") == 200
            assert list((tmp_path / "var" / "spool").glob("*.json"))
        finally:
            postgres_server.start()
        oracle.seed = 12
        await oracle.stream(20)
        await oracle.judge()
        await until(lambda: not list((tmp_path / "var" / "spool").glob("*.json")), "the spool is brought in")
        assert await house.stop() == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MB, where we may make one."""
    place = tmp_path / "disk"
    place.mkdir()
    if (
        os.geteuid() != 0
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", place], check=False).returncode
    ):
        _missing("a small disk needs root and mount")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def _missing(why: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


@pytest.mark.timeout(180)
async def test_f13_a_full_disk_refuses_and_goes_on_when_there_is_space(small_disk: Path) -> None:
    """503 instead of "ok" on a disk that is full, an alarm in /readyz; what was acknowledged stays."""
    config = _CONFIG.format(more="[retention]\nfree_disk_mb = 40")
    async with instance(small_disk / "var", config) as house:
        await house.start()
        oracle = Oracle(house, seed=13)
        await oracle.stream(10)
        ballast = small_disk / "ballast"
        free = shutil.disk_usage(small_disk).free
        ballast.write_bytes(b"\0" * max(0, free - 1_000_000))

        status, _ = await house.post("site", phone="+7 916 207 00 00", request_id="refused")
        assert status == 503
        assert await _status(house, "/readyz") == 503
        assert await _status(house, "/healthz") == 200

        ballast.unlink()
        oracle.seed = 14
        await oracle.stream(10)
        await oracle.judge()


@pytest.mark.timeout(180)
async def test_f16_with_the_queue_full_the_journal_is_looked_into(tmp_path: Path) -> None:
    """A queue server that takes no more writes stops nobody: the workers find the work themselves."""
    async with instance(tmp_path / "var", _CONFIG.format(more="")) as house:
        await house.start()
        queue = Redis(unix_socket_path=str(socket_path(tmp_path / "var")))
        queue.config_set("maxmemory", "1")
        oracle = Oracle(house, seed=16)
        await oracle.stream(20)
        await oracle.judge()
        queue.config_set("maxmemory", "0")
        queue.close()
        oracle.seed = 161
        await oracle.stream(5)
        await oracle.judge()


@pytest.mark.timeout(180)
async def test_f17_without_room_for_files_the_request_is_taken_and_says_so(tmp_path: Path) -> None:
    """The inquiry comes in without its file, marked; never half a file."""
    async with instance(tmp_path / "var", _CONFIG.format(more="")) as house:
        await house.start()
        # a file where the folder should be: no attachment can be written, whoever we are
        (tmp_path / "var" / "attachments").write_bytes(b"")
        files = {"phone": "+7 916 207 00 17", "plan": (b"drawing" * 100)}
        form = aiohttp.FormData()
        form.add_field("phone", str(files["phone"]))
        form.add_field("plan", files["plan"], filename="plan.pdf", content_type="application/pdf")
        async with house.http.post(f"{house.url}/in/site", data=form) as answer:
            assert answer.status == 200
        await house.settled(1)
        (inquiry,) = await house.everything("/inquiries")

        assert inquiry["state"] == "created"
        (attachment,) = inquiry["attachments"]
        assert attachment["note"]
        assert not attachment.get("stored")


@pytest.mark.timeout(180)
async def test_f18_after_a_failed_fsync_nothing_is_accepted_until_a_new_process_has_looked(
    tmp_path: Path,
) -> None:
    """No "ok" while fsync fails; the process ends itself, the next one goes on."""
    strace = shutil.which("strace")
    if not strace:
        _missing("strace is not installed")
    async with instance(tmp_path / "var", _CONFIG.format(more="")) as house:
        await house.start()
        oracle = Oracle(house, seed=18)
        await oracle.stream(5)
        web = house.pid("web")
        inject = "inject=fsync,fdatasync:error=EIO"
        argv = [
            strace,
            "-f",
            "-qq",
            "-o",
            "/dev/null",
            "-e",
            "trace=fsync,fdatasync",
            "-e",
            inject,
            "-p",
            str(web),
        ]
        tracer = await asyncio.to_thread(subprocess.Popen, argv)
        try:
            await until(
                lambda: f"TracerPid:\t{tracer.pid}" in Path(f"/proc/{web}/status").read_text(), "traced"
            )
            status, _ = await house.post("site", phone="+7 916 207 00 18", request_id="failed")
            assert status == 503
            await until(lambda: house.pid("web") != web, "a new process takes over")
        finally:
            tracer.kill()
            await asyncio.to_thread(tracer.wait)
        await house.ready()
        oracle.seed = 19
        await oracle.stream(5)
        await oracle.judge()


@pytest.mark.timeout(180)
async def test_f66_a_pickle_put_into_the_queue_by_hand_is_never_opened(tmp_path: Path) -> None:
    """The queue speaks JSON only: a bomb does nothing, the next request is worked on."""
    async with instance(tmp_path / "var", _CONFIG.format(more="")) as house:
        await house.start()
        trace = tmp_path / "exploded"
        bomb = b"cposix\nsystem\n(S'touch " + str(trace).encode() + b"'\ntR."
        queue = Redis(unix_socket_path=str(socket_path(tmp_path / "var")))
        fields = {
            "data": bomb,
            "created_at": "2026-11-22T10:00:00.000000Z",
            "status": "queued",
            "origin": QUEUE,
        }
        queue.hset("rq:job:bomb", mapping=fields)
        queue.lpush(f"rq:queue:{QUEUE}", "bomb")
        queue.close()
        oracle = Oracle(house, seed=66)
        await oracle.stream(5)
        await oracle.judge()

        assert not trace.exists()
