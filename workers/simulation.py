"""Realistic traffic for `simulate`: visitors of a site, some of whom come again, press twice, attach a file."""

from __future__ import annotations

import asyncio
import json
import math
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

import aiohttp

from channels.signing import KEY_HEADER
from intake.account import Account
from workers.simulated_calls import (
    Dialled,
    mango,
    mango_seal,
    megafon,
    megafon_seal,
    sipuni,
    uis,
    zadarma,
    zadarma_proof,
)
from workers.simulated_forms import Told, elementor, marquiz, tilda, typeform, typeform_proof
from workers.simulated_messages import max_messenger, message_proof, telegram, vk, vk_seal, wazzup

_RETURNING = 0.3
_DOUBLE_CLICK = 0.05
_MOST_ADDRESSES = 250
_POSTS_AN_ADDRESS_MIN = 20
"""Below the default limit of a public form."""

_FIRST = (
    "Иван",
    "Анна",
    "Пётр",
    "Мария",
    "Сергей",
    "Ольга",
    "Дмитрий",
    "Елена",
    "Рустам",
    "Айгуль",
    "Арам",
    "Оксана",
)
_LAST = (
    "Смирнов",
    "Кузнецов",
    "Волкова",
    "Петренко",
    "Сафин",
    "Григорян",
    "Орлова",
    "Ким",
    "Лебедев",
    "Зайцева",
)
_WANTS = (
    "Нужно {n} шт. к пятнице",
    "Сколько стоит доставка?",
    "Перезвоните мне после {n} часов",
    "Пришлите прайс, {n} позиций",
)
_SOURCES = ("yandex", "vk", "google", "")


class Post(NamedTuple):
    """A request to send: what follows `/in/<account>`, its headers, its body."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class Visitor(NamedTuple):
    """Somebody with one phone and one way of writing it."""

    name: str
    phone: str
    email: str


@dataclass(slots=True)
class Report:
    """What came of it. `latencies` are seconds from the sending to the whole answer, of acknowledged ones."""

    sent: int = 0
    acknowledged: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)

    def told(self) -> list[str]:
        """The report in lines."""
        failed = sum(self.failures.values())
        lines = [f"sent {self.sent}, acknowledged {self.acknowledged}, failed {failed}"]
        lines += [f"  {count} x {why}" for why, count in self.failures.most_common()]
        if self.latencies:
            marks = " ".join(f"p{mark} {self.percentile(mark) * 1000:.0f}" for mark in (50, 95, 99))
            lines.append(f"latency, ms: {marks} max {max(self.latencies) * 1000:.0f}")
        return lines

    def percentile(self, mark: int) -> float:
        """The latency below which `mark` percent of the acknowledged ones lie."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, math.ceil(len(ordered) * mark / 100) - 1)]


class Crowd:
    """Visitors: new ones and those who come again. The same seed makes the same crowd."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 # made-up visitors, no secrets
        self._known: list[Visitor] = []

    def next(self) -> Visitor:
        """Whoever comes next."""
        chance = self._random
        if self._known and chance.random() < _RETURNING:
            return chance.choice(self._known)
        digits = f"{chance.randrange(10**7):07d}"
        phone = chance.choice(("+7916{}", "8916{}", "+7 (916) {}", "916{}")).format(digits)
        visitor = Visitor(
            f"{chance.choice(_FIRST)} {chance.choice(_LAST)}", phone, f"client{digits}@example.com"
        )
        self._known.append(visitor)
        return visitor

    def form(self, number: int) -> Post:
        """A site form as sites send it: JSON, urlencoded or multipart, under various names."""
        fields = self.fields(number)
        return self._random.choice((_as_json, _as_urlencoded, _as_multipart))(fields)

    def fields(self, number: int) -> dict[str, str]:
        """What the next visitor fills in: name, phone, email, message, page_url and perhaps utm_source."""
        chance, visitor = self._random, self.next()
        wish = f"{chance.choice(_WANTS).format(n=chance.randrange(2, 90))} (№ {number})"
        source = chance.choice(_SOURCES)
        page = "https://example.ru/catalog" + (f"?utm_source={source}&utm_medium=cpc" if source else "")
        fields = {
            "name": visitor.name,
            "phone": visitor.phone,
            "email": visitor.email,
            "message": wish,
            "page_url": page,
        }
        if source:
            fields["utm_source"] = source
        return fields

    def presses_twice(self) -> bool:
        """Whether this visitor presses the button twice."""
        return self._random.random() < _DOUBLE_CLICK


def _as_json(fields: Mapping[str, str]) -> Post:
    return Post("", {"Content-Type": "application/json"}, json.dumps(fields, ensure_ascii=False).encode())


def _as_urlencoded(fields: Mapping[str, str]) -> Post:
    named = {
        {"phone": "Телефон", "message": "comment"}.get(name, name): value for name, value in fields.items()
    }
    return Post("", {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(named).encode())


def _as_multipart(fields: Mapping[str, str]) -> Post:
    mark = "simulated-form-boundary"
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    parts.append(
        f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="order.txt"\r\n'
        f"Content-Type: text/plain\r\n\r\n{fields['message']}\r\n--{mark}--\r\n"
    )
    return Post("", {"Content-Type": f"multipart/form-data; boundary={mark}"}, "".join(parts).encode())


def _built_by(builder: Callable[[Mapping[str, str], int], Told]) -> Source:
    """What a visitor sends, as a site builder or a messenger tells it."""
    return lambda crowd, number: Post("", *builder(crowd.fields(number), number))


def _told_by(exchange: Callable[[Mapping[str, str], int], Dialled]) -> Source:
    """A visitor's call as an exchange tells it."""
    return lambda crowd, number: Post(*exchange(crowd.fields(number), number))


Source = Callable[[Crowd, int], Post]
SOURCES: Mapping[str, Source] = MappingProxyType(
    {
        "form": Crowd.form,
        "tilda": _built_by(tilda),
        "elementor": _built_by(elementor),
        "marquiz": _built_by(marquiz),
        "typeform": _built_by(typeform),
        "telegram": _built_by(telegram),
        "vk": _built_by(vk),
        "max": _built_by(max_messenger),
        "wazzup": _built_by(wazzup),
        "mango": _told_by(mango),
        "uis": _told_by(uis),
        "zadarma": _told_by(zadarma),
        "megafon": _told_by(megafon),
        "sipuni": _told_by(sipuni),
    }
)
"""By kind: what makes its next request."""
PROOFS: Mapping[str, Callable[[str, bytes], Mapping[str, str]]] = MappingProxyType(
    {"typeform": typeform_proof, "zadarma": zadarma_proof}
)
"""By kind: the headers its provider proves itself with, of the account's secret and the body. Our own key for
all others."""
SEALS: Mapping[str, Callable[[Account, bytes], bytes]] = MappingProxyType(
    {"mango": mango_seal, "megafon": megafon_seal, "vk": vk_seal}
)
"""By kind: the body with the proof in it, of the account and the bare body."""


async def simulate(url: str, accounts: Sequence[Account], rate: float, seconds: float, seed: int) -> Report:
    """Send `rate` requests a second for `seconds` to the accounts in turn, however slow the answers are."""
    report, crowd = Report(), Crowd(seed)
    sessions = _sessions(url, rate)
    started = asyncio.get_running_loop().time()
    tasks = []
    try:
        for number in range(round(rate * seconds)):
            await asyncio.sleep(started + number / rate - asyncio.get_running_loop().time())
            account = accounts[number % len(accounts)]
            post = sealed(account, SOURCES[account.kind](crowd, number))
            session = sessions[number % len(sessions)]
            for _ in range(2 if crowd.presses_twice() else 1):
                report.sent += 1
                tasks.append(asyncio.create_task(_send(session, url, account, post, report)))
        await asyncio.gather(*tasks)
    finally:
        for session in sessions:
            await session.close()
    return report


def _sessions(url: str, rate: float) -> list[aiohttp.ClientSession]:
    """A connection for each visitor's address. On this machine every address of 127.0.0.0/8 is ours, so that
    visitors have addresses of their own, as a public form's limit expects."""
    wanted = min(_MOST_ADDRESSES, math.ceil(rate * 60 / _POSTS_AN_ADDRESS_MIN))
    here = urlsplit(url).hostname == "127.0.0.1"
    addresses = [(f"127.0.0.{last}", 0) for last in range(2, 2 + wanted)] if here else [None]
    timeout = aiohttp.ClientTimeout(total=30)
    return [
        aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(local_addr=address, limit=0))
        for address in addresses
    ]


def sealed(account: Account, post: Post) -> Post:
    """The request with its proof, where that stands in the body or is named in the account's options."""
    seal = SEALS.get(account.kind)
    headers = {**post.headers, **message_proof(account)}
    return post._replace(headers=headers, body=seal(account, post.body) if seal else post.body)


def _proof(account: Account, body: bytes) -> Mapping[str, str]:
    if account.kind in PROOFS:
        return PROOFS[account.kind](account.secret, body)
    return {KEY_HEADER: account.secret} if account.secret else {}


async def _send(
    session: aiohttp.ClientSession, url: str, account: Account, post: Post, report: Report
) -> None:
    headers = {**post.headers, **_proof(account, post.body)}
    target = f"{url}/in/{account.id}" + (f"/{post.path}" if post.path else "")
    before = time.perf_counter()
    try:
        async with session.post(target, data=post.body, headers=headers, allow_redirects=False) as answer:
            await answer.read()
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        report.failures[type(error).__name__] += 1
        return
    if answer.status < 400:
        report.acknowledged += 1
        report.latencies.append(time.perf_counter() - before)
    else:
        report.failures[f"HTTP {answer.status}"] += 1
