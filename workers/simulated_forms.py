"""The same visitor's form as the builders send it: (headers, body), for `simulate`."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from urllib.parse import quote, urlencode

Told = tuple[dict[str, str], bytes]
"""Headers and body."""

_URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}
_JSON = {"Content-Type": "application/json"}


def tilda(fields: Mapping[str, str], number: int) -> Told:
    """A Tilda form with its cookies; the number makes its tranid."""
    source = fields.get("utm_source", "")
    told = {
        "Name": fields["name"],
        "Phone": fields["phone"],
        "Email": fields["email"],
        "Textarea": fields["message"],
        "tranid": f"{number}:{_digest(fields)}",
        "formid": "form1",
        "COOKIES": f"TILDAUTM={quote(f'utm_source={source}|||', safe='')}; other=private" if source else "",
    }
    return {**_URLENCODED, "Referer": fields["page_url"]}, urlencode(told).encode()


def elementor(fields: Mapping[str, str], number: int) -> Told:
    """An Elementor Pro form, labels for names."""
    told = {
        "Имя": fields["name"],
        "Телефон": fields["phone"],
        "Email": fields["email"],
        "Сообщение": fields["message"],
        "Page URL": fields["page_url"],
        "Time": f"{number % 12}:{number % 60:02d}",
        "form_id": "a1b2c3",
        "form_name": "Контакты",
    }
    return _URLENCODED, urlencode(told).encode()


def marquiz(fields: Mapping[str, str], number: int) -> Told:
    """A quiz with one answer."""
    told = {
        "contacts": {"name": fields["name"], "phone": fields["phone"], "text": fields["message"]},
        "answers": [{"q": "Сколько нужно?", "a": str(number % 90)}],
        "quiz": {"id": "q1", "name": "Расчёт"},
        "extra": {"href": fields["page_url"], "utm": {"source": fields.get("utm_source", "")}},
    }
    return _JSON, json.dumps(told, ensure_ascii=False).encode()


def typeform(fields: Mapping[str, str], number: int) -> Told:
    """A response, not signed yet."""
    asked = (
        ("f1", "short_text", "text", "Как вас зовут?", "name"),
        ("f2", "phone_number", "phone_number", "Телефон", "phone"),
        ("f3", "long_text", "text", "Что нужно?", "message"),
    )
    told = {
        "event_type": "form_response",
        "form_response": {
            "form_id": "demo",
            "token": f"{number}-{_digest(fields)}",
            "definition": {"fields": [{"id": one[0], "type": one[1], "title": one[3]} for one in asked]},
            "answers": [
                {"type": one[2], one[2]: fields[one[4]], "field": {"id": one[0], "type": one[1]}}
                for one in asked
            ],
        },
    }
    return _JSON, json.dumps(told, ensure_ascii=False).encode()


def typeform_proof(secret: str, body: bytes) -> dict[str, str]:
    """The header that Typeform signs a body with."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return {"Typeform-Signature": f"sha256={base64.b64encode(digest).decode()}"}


def _digest(fields: Mapping[str, str]) -> str:
    """Apart for the requests of two runs, the same for the same request."""
    return hashlib.blake2b(repr(sorted(fields.items())).encode(), digest_size=6).hexdigest()
