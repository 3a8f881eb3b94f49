"""A short message to one of our numbers, as exchanges pass it on: an inquiry like a messenger's."""

from __future__ import annotations

from channels.telephony.wire import is_short, number
from intake.account import Account, Company
from intake.contact import read_phone
from intake.inquiry import Inquiry, Kind, Outcome, Parsed, Raw, Recipient, Sender


def sms(raw: Raw, account: Account, company: Company, sender: str, line: str, written: str) -> Parsed:
    """The message as an inquiry; one without text is ignored. A sender that is a name, as banks have, is kept
    as a name."""
    dialled, ours = number(sender), number(line)
    phone = None if is_short(dialled) else read_phone(dialled, company.region)
    our_phone = read_phone(ours, company.region)
    inquiry = Inquiry(
        id=raw.inquiry_id,
        account=account.id,
        channel=account.kind,
        kind=Kind.MESSAGE,
        received_at=raw.received_at,
        external_id=raw.external_id,
        sender=Sender(name="" if phone else dialled, phones=(phone.number,) if phone else ()),
        recipient=Recipient(line=our_phone.number if our_phone else ours),
        text=written,
        service=account.service,
        history=raw.history,
    )
    return Parsed(Outcome.ACCEPTED if written else Outcome.IGNORED, inquiry, "" if written else "empty")
