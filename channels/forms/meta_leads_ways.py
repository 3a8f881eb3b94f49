"""Meta's lead forms, asked: what a visitor filled in, by the lead's id.

The format: https://developers.facebook.com/docs/marketing-api/guides/lead-ads/retrieving
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import orjson

from channels.base import Undelivered, Unfetchable, Way
from channels.calling import Caller, refusal
from channels.guard import Bounds
from channels.messages import Node, child, number, text_of
from intake.account import Account
from intake.errors import Unavailable
from intake.inquiry import Inquiry

API = "https://graph.facebook.com/v23.0"
_ASKED = "created_time,ad_id,ad_name,adset_id,campaign_id,campaign_name,form_id,platform,field_data"
_MEND = "make a new token of the page with leads_retrieval"
_WAITS = frozenset((1, 2, 4, 17, 32, 341, 613, 80005))


def way_of(account: Account, bounds: Bounds) -> Way:
    """What can be asked of the Graph API."""
    del bounds
    page = MetaLeadsWay(account)
    return Way(leads=page, close=page.close)


class MetaLeadsWay:
    """`channels.base.Leads` of a page."""

    def __init__(self, account: Account) -> None:
        self._caller = Caller(account, "Meta", API)
        self._headers = {"Authorization": f"Bearer {account.option('token')}"}

    async def close(self) -> None:
        """Close its connections."""
        await self._caller.close()

    async def lead(self, inquiry: Inquiry) -> bytes:
        """As the protocol says: what Meta answers, in the shape of its webhook."""
        path = f"/{quote(inquiry.external_id, safe='')}"
        answer = await self._caller.call("GET", path, query={"fields": _ASKED}, headers=self._headers)
        error = child(answer.tree, "error")
        if answer.status != 200 or error:
            code, said = number(error, "code"), text_of(error, "message")[:200]
            if code in _WAITS:
                raise Unavailable(f"Meta asks to wait ({said})", after=answer.after or 30.0)
            refused = refusal("Meta", answer, said, _MEND)
            raise Unfetchable(str(refused)) if isinstance(refused, Undelivered) else refused
        return _as_webhook(inquiry, answer.tree)

    def untold(self, inquiry: Inquiry, reason: str) -> bytes:
        """As the protocol says."""
        return _as_webhook(inquiry, {"field_data": [{"name": "not_fetched", "values": [reason]}]})


def _as_webhook(inquiry: Inquiry, told: Node) -> bytes:
    value: dict[str, Any] = {**inquiry.fields, **told, "leadgen_id": inquiry.external_id}
    return orjson.dumps({"object": "page", "entry": [{"changes": [{"field": "leadgen", "value": value}]}]})
