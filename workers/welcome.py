"""What `up` says once it is ready: where the dashboard is, and a request to try it with."""

from __future__ import annotations

import shlex
import time
import urllib.error
import urllib.request
from collections.abc import Callable

from config.settings import AccountSettings, Settings
from intake.store.access import StoreAccess
from workers.bootstrap import open_instance
from workers.place import Place

_TEXTS = {
    "en": {
        "ready": "lead-intake is ready.",
        "dashboard": "Dashboard (the link works once, for 15 minutes):",
        "try": "Send a request to try it:",
        "config": "Settings:",
        "data": "Data:",
        "stop": "Ctrl-C stops it.",
        "name": "Ivan Petrov",
        "comment": "I need 40 pieces by Friday",
    },
    "ru": {
        "ready": "lead-intake готов.",
        "dashboard": "Панель (ссылка действует один раз, 15 минут):",
        "try": "Пошлите пробную заявку:",
        "config": "Настройки:",
        "data": "Данные:",
        "stop": "Ctrl-C останавливает.",
        "name": "Иван Петров",
        "comment": "Нужно 40 штук к пятнице",
    },
}
_PATIENCE_S = 120.0


def address(place: Place) -> str:
    """Where this machine reaches the web face."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}  # noqa: S104 # compared, not bound
    host = everywhere.get(place.host, f"[{place.host}]" if ":" in place.host else place.host)
    return f"http://{host}:{place.port}"


def wait_until_ready(place: Place, patience_s: float = _PATIENCE_S) -> bool:
    """Whether the web face comes to answer within that time."""
    url = f"{address(place)}/healthz"
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 # our own http address
                if answer.status == 200:
                    return True
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.1)
    return False


def sign_in_link(place: Place) -> str:
    """A new one-time address that signs in as the administrator, and as the first manager of the file, so
    that «Мои карточки» has somebody's cards. Raises Unavailable."""
    instance = open_instance(place)
    try:
        manager = next((one.id for one in instance.settings.managers), "")
        secret = StoreAccess(instance.store, instance.clock).sign_in_link(
            "admin", manager, instance.clock.now()
        )
    finally:
        instance.close()
    return f"{address(place)}/sign-in/{secret}"


def curl(place: Place, settings: Settings) -> str:
    """A ready command that sends a request to the first form, or "" when there is no form."""
    forms = [one for one in settings.accounts if one.kind == "form"]
    if not forms:
        return ""
    public = [one for one in forms if not one.secret.get_secret_value()]
    account = (public or forms)[0]
    words = _TEXTS[settings.company.language]
    fields = (("name", words["name"]), ("phone", "+79161234567"), ("comment", words["comment"]))
    argv = ["curl", f"{address(place)}/in/{account.id}", *_key(account)]
    for name, value in fields:
        argv += ["--data-urlencode", f"{name}={value}"]
    return shlex.join(argv)


def _key(account: AccountSettings) -> list[str]:
    """The header a form with a secret wants; the secret itself is not printed."""
    return ["-H", f"X-Lead-Intake-Key: <secret of {account.id}>"] if account.secret.get_secret_value() else []


def welcome(place: Place, settings: Settings, link: Callable[[Place], str]) -> int:
    """Wait until the web face answers, then say what to do next; the exit code. `link` makes the one-time
    sign-in address."""
    if not wait_until_ready(place):
        return 1
    words = _TEXTS[settings.company.language]
    lines = ["", words["ready"], f"  {words['dashboard']}", f"    {link(place)}"]
    if request := curl(place, settings):
        lines += [f"  {words['try']}", f"    {request}"]
    lines += [
        f"  {words['config']} {place.config_path}",
        f"  {words['data']} {place.data}",
        f"  {words['stop']}",
        "",
    ]
    print("\n".join(lines), flush=True)  # noqa: T201 # what the command is to say
    return 0
