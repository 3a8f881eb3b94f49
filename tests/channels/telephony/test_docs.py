"""The docs pages say what is so: their examples parse, their settings are known, both languages are there."""

import re
import tomllib
from pathlib import Path

import pytest

from channels.base import needs_by_name
from channels.catalogue import channels_by_kind
from intake.account import Account
from tests.channels.telephony.test_signing import TELEPHONY
from workers.parsing import Parsing

PAGES = Path(__file__).parents[3] / "docs" / "channels"
COMMON = {"id", "kind", "secret"}


@pytest.mark.parametrize("language", ["", ".ru"])
@pytest.mark.parametrize("kind", TELEPHONY)
def test_a_page_is_true(kind: str, language: str) -> None:
    """The example becomes an accepted call with its client's number; every setting shown is one the kind knows,
    and every one it needs is shown."""
    page = (PAGES / f"{kind}{language}.md").read_text("utf-8")
    channel = channels_by_kind()[kind]
    sample = re.search(r"^echo '(.*)' > one\.jsonl$", page, re.MULTILINE)
    shown = re.search(r"```toml\n(.*?)```", page, re.DOTALL)
    assert sample
    assert shown
    answer = Parsing(channel, Account(kind, kind)).line(sample[1].encode(), "page")
    assert answer["outcome"] == "accepted"
    assert answer["inquiries"][0]["sender"]["phones"]
    (account,) = tomllib.loads(shown[1])["account"]
    needs = needs_by_name(channel)
    assert account["kind"] == kind
    assert set(account) <= {*needs, *COMMON}
    assert {name for name, need in needs.items() if need.required} <= set(account)
