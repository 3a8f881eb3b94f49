"""What a letter and a form of 25 MB cost in memory: at most four times their size, in each process they pass."""

from __future__ import annotations

import contextlib
import os
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path

import aiohttp
import orjson
import pytest

from tests.servers.dovecot import PASSWORD, DovecotServer
from tests.system.instance import Instance, instance, until

SIZE = 24_500_000
MOST = 4
CONFIG = """
[[account]]
id = "site"
kind = "form"

[[manager]]
id = "petrova"
name = "Анна Петрова"
"""
MAILBOX = """
[[account]]
id = "sales-mail"
kind = "email"
imap = "imaps://{host}:{port}"
user = "{user}"
password = "{password}"
own_addresses = ["sales@example.ru"]
ca_file = "{ca}"
"""
PROCESSES = ("web", "listen", "work-1", "relay", "clock")


def used(house: Instance, which: str = "VmHWM") -> dict[str, int]:
    """Bytes of resident memory of each process: the most so far, or now (`VmRSS`)."""
    found = {}
    for name in PROCESSES:
        status = Path(f"/proc/{house.pid(name)}/status").read_text(encoding="ascii")
        (line,) = [one for one in status.splitlines() if one.startswith(f"{which}:")]
        found[name] = int(line.split()[1]) * 1024
    return found


async def warmed(house: Instance) -> dict[str, int]:
    """What the processes hold once they have done their work for a small request."""
    status, _ = await house.post("site", phone="+7 916 207 10 00", name="Иван Петров", comment="Цена?")
    assert status == 200
    await house.settled(1)
    forget_peaks(house)
    return used(house, "VmRSS")


def forget_peaks(house: Instance) -> None:
    """From here on the peaks are counted anew, where the kernel lets us say so."""
    for name in PROCESSES:
        with contextlib.suppress(PermissionError):
            Path(f"/proc/{house.pid(name)}/clear_refs").write_text("5", encoding="ascii")


def assert_small(before: dict[str, int], after: dict[str, int], size: int) -> None:
    grown = {name: round((after[name] - before[name]) / size, 2) for name in before}
    assert max(grown.values()) <= MOST, f"times the size, by process: {grown}"


def plan(size: int) -> bytes:
    """Bytes that cannot be packed."""
    return os.urandom(size)


def letters_only(size: int) -> str:
    """A long text: letters alone, as a form's field may hold."""
    return ("a long story about forty pieces " * (size // 32 + 1))[:size]


def multipart() -> aiohttp.FormData:
    form = aiohttp.FormData()
    form.add_field("phone", "+7 916 207 10 01")
    form.add_field("plan", BytesIO(plan(SIZE)), filename="plan.pdf", content_type="application/pdf")
    return form


def urlencoded() -> bytes:
    return b"phone=%2B79162071002&comment=" + letters_only(SIZE).replace(" ", "+").encode()


def cyrillic() -> bytes:
    return b"phone=%2B79162071003&comment=" + b"%D0%BF%D1%80%D0%B8+" * (SIZE // 19)


def json() -> bytes:
    return orjson.dumps({"phone": "+79162071004", "comment": letters_only(SIZE)})


FORMS = {
    "multipart": (multipart, ""),
    "urlencoded": (urlencoded, "application/x-www-form-urlencoded"),
    "cyrillic": (cyrillic, "application/x-www-form-urlencoded"),
    "json": (json, "application/json"),
}


@pytest.mark.parametrize("name", FORMS)
async def test_a_form_of_25_mb_costs_four_times_its_size_at_most(tmp_path: Path, name: str) -> None:
    """Web face and worker hold a few copies of it and no more."""
    make, kind = FORMS[name]
    async with instance(tmp_path / "var", CONFIG) as house:
        await house.start()
        before = await warmed(house)
        headers, made = {"Content-Type": kind} if kind else {}, make()
        body = BytesIO(made) if isinstance(made, bytes) else made
        async with house.http.post(f"{house.url}/in/site", data=body, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
        await house.settled(2)
        assert_small(before, used(house), SIZE)


@pytest.mark.servers
async def test_a_letter_of_25_mb_costs_four_times_its_size_at_most(
    tmp_path: Path, dovecot: DovecotServer
) -> None:
    """The listener takes it in pieces, the worker reads it in views of one copy."""
    user = dovecot.user()
    dovecot.folder(user)
    mailbox = MAILBOX.format(
        host=dovecot.host, port=dovecot.tls_port, user=user, password=PASSWORD, ca=dovecot.ca_file
    )
    letter = EmailMessage()
    letter["From"] = "Иван Петров <ivan@example.org>"
    letter["To"] = "sales@example.ru"
    letter["Subject"] = "Чертёж"
    letter["Message-ID"] = "<large@example.org>"
    letter["Date"] = "Sun, 22 Nov 2026 10:00:00 +0300"
    letter.set_content("Здравствуйте! Чертёж во вложении, сколько это стоит? +7 916 207-10-05")
    letter.add_attachment(plan(SIZE * 73 // 100), maintype="application", subtype="pdf", filename="plan.pdf")
    raw = letter.as_bytes()
    assert 23_500_000 < len(raw) < 26_000_000

    async with instance(tmp_path / "var", CONFIG + mailbox) as house:
        await house.start()
        await until(lambda: "listener_ready" in house.log(), "the mailbox is watched")
        before = await warmed(house)
        dovecot.deliver(user, raw)
        await house.settled(2)
        assert_small(before, used(house), len(raw))

        inquiries = await house.everything("/inquiries?account=sales-mail")
        assert [one["name"] for one in inquiries[0]["attachments"]] == ["plan.pdf"]
