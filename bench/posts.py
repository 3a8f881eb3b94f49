"""The requests of the benchmarks: a site form as browsers post it, each from another visitor."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote_plus

KEY = "demo-secret"
_FIRST = (
    "Иван Пётр Мария Анна Ольга Сергей Алексей Дмитрий Елена Наталья Татьяна Павел Юрий Вера Кирилл Тимур"
)
_LAST = (
    "Петров Сидоров Кузнецов Смирнов Попов Лебедев Козлов Новиков Морозов Волков Соловьёв Васильев Зайцев "
    "Павлов Семёнов Голубев Виноградов Богданов Воробьёв Фёдоров Михайлов Беляев Тарасов Белов Комаров Орлов"
)
_NAMES = [quote_plus(f"{first} {last}") for first in _FIRST.split() for last in _LAST.split()]
_SAID = quote_plus(
    "Здравствуйте! Сколько стоит доставка до Казани? Перезвоните, пожалуйста, после обеда. Заявка №"
)


def form_body(number: int) -> str:
    """Visitor `number`'s form, urlencoded: about 700 bytes of percent-encoded Cyrillic."""
    return (
        f"name={_NAMES[number % len(_NAMES)]}&phone=%2B7+9{number:09}&email=visitor{number}%40mail.ru"
        f"&message={_SAID}{number}&utm_source=yandex&utm_medium=cpc"
        "&page_url=https%3A%2F%2Fexample.ru%2Fcatalog%2Fdostavka%3Fcity%3Dkazan"
    )


def requests(path: str, first: int) -> Iterator[bytes]:
    """HTTP requests without end, from visitor `first` on."""
    number = first
    while True:
        yield request(path, form_body(number))
        number += 1


def request(path: str, body: str) -> bytes:
    """One HTTP request of a browser that keeps its connection."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Lead-Intake-Key: {KEY}\r\n"
        "User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"
        "Accept: */*\r\nAccept-Language: ru,en;q=0.5\r\nReferer: https://example.ru/\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()
