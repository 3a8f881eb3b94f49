"""The acceptance policy: which deal an inquiry joins, whether a new one is opened, or whether a human is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from crm.owners.base import Segment
from crm.owners.segment import fits
from intake.account import Accept, Account
from intake.clock import Millis
from intake.deal import Deal, DealState
from intake.decision import Identity, Reason
from intake.inquiry import Inquiry

DAY_MS = 86_400_000


class Choice(StrEnum):
    """What to do with an inquiry."""

    ATTACH = "attach"
    REOPEN = "reopen"
    CREATE = "create"
    OFFER = "offer"


class After(StrEnum):
    """What becomes of a client who comes again soon after the deal was closed."""

    NEW = "new"
    REOPEN = "reopen"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class AcceptRule:
    """Inquiries that are accepted in another way than their account says: of that segment (its department and skills
    say nothing here), kind (form, message, call, email) and identity (same, possible, new); () for any."""

    accept: Accept
    segment: Segment = field(default_factory=Segment)
    kinds: tuple[str, ...] = ()
    identities: tuple[str, ...] = ()

    def fits(self, case: AcceptCase) -> bool:
        """Whether the rule speaks of this inquiry."""
        return (
            (not self.kinds or case.inquiry.kind.value in self.kinds)
            and (not self.identities or case.identity.value in self.identities)
            and fits(self.segment, case) is not None
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds for all accounts: the rules that go before an account's own `accept`, the first that fits; what
    happens with a deal that was lost or won less than `within_ms` ago."""

    rules: tuple[AcceptRule, ...] = ()
    after_lost: After = After.NEW
    after_won: After = After.NEW
    within_ms: int = 30 * DAY_MS

    def closed_since(self, now: Millis) -> Millis | None:
        """Which closed deals decisions must know of; None when none matters."""
        return None if self.after_lost is self.after_won is After.NEW else now - self.within_ms


@dataclass(frozen=True, slots=True)
class AcceptCase:
    """An inquiry of `account` that waits for its place. `thread` is the deal its conversation belongs to, `deals` are
    the client's that were read, in any state and pipeline."""

    inquiry: Inquiry
    account: Account
    identity: Identity
    thread: Deal | None = None
    deals: Sequence[Deal] = ()
    policy: Policy = field(default_factory=Policy)
    now: Millis = 0

    @property
    def accept(self) -> Accept:
        """How it is accepted: by the first rule that fits, else as the account says."""
        return next((one.accept for one in self.policy.rules if one.fits(self)), self.account.accept)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The policy's answer. `deal_id` is the deal to join, or the one a human is most likely to choose."""

    choice: Choice
    reason: Reason
    deal_id: str = ""


def choose(case: AcceptCase) -> Acceptance:
    """What becomes of the inquiry. The rows are asked in their order; the first that knows an answer wins."""
    return next(answer for row in ROWS for answer in row(case))


def joinable(deals: Sequence[Deal], pipeline: str) -> list[Deal]:
    """The deals an inquiry may join: open, of that pipeline, not waiting only for money or closed to inquiries, not
    waiting for the head to call them lost."""
    return [one for one in deals if one.pipeline == pipeline and takes(one)]


def takes(deal: Deal) -> bool:
    """Whether inquiries may join the deal."""
    return deal.state is DealState.OPEN and deal.takes_inquiries and not deal.lost_reason


def _always_asked(case: AcceptCase) -> Iterator[Acceptance]:
    if case.accept is Accept.ASK:
        likely = case.thread.id if case.thread else ""
        yield Acceptance(Choice.OFFER, Reason("accept_ask", case.account.id), likely)


def _conversation(case: AcceptCase) -> Iterator[Acceptance]:
    deal = case.thread
    if deal and takes(deal):
        yield Acceptance(Choice.ATTACH, Reason("thread", f"№ {deal.number}"), deal.id)
    elif deal and deal.state is DealState.OPEN and not deal.lost_reason:
        # it only waits for money, or is closed to inquiries: a human knows what the answer means
        yield Acceptance(Choice.OFFER, Reason("thread_waits", f"№ {deal.number}"), deal.id)


def _open_deals(case: AcceptCase) -> Iterator[Acceptance]:
    found = joinable(case.deals, case.account.pipeline) if case.identity is Identity.SAME else []
    if len(found) == 1:
        only = found[0]
        yield Acceptance(Choice.ATTACH, Reason("open_deal", f"№ {only.number}"), only.id)
    elif found:
        numbers = ", ".join(f"№ {one.number}" for one in found)
        yield Acceptance(Choice.OFFER, Reason("several_open_deals", numbers), _newest(found).id)


def _closed_lately(case: AcceptCase) -> Iterator[Acceptance]:
    """A deal that was lost or won a short while ago, or waits for the head to call it lost."""
    policy, since = case.policy, case.now - case.policy.within_ms
    mine = [one for one in case.deals if one.pipeline == case.account.pipeline]
    known = [case.thread] if case.thread else mine if case.identity is Identity.SAME else []
    lately = [
        one
        for one in known
        if (one.closed_at is not None and one.closed_at >= since)
        or (one.state is DealState.OPEN and one.lost_reason)
    ]
    if not lately:
        return
    deal = _newest(lately)
    after = policy.after_won if deal.state is DealState.WON else policy.after_lost
    if after is After.REOPEN:
        yield Acceptance(Choice.REOPEN, Reason("reopened", f"№ {deal.number}"), deal.id)
    elif after is After.ASK:
        yield Acceptance(Choice.OFFER, Reason("closed_lately", f"№ {deal.number}"), deal.id)


def _born_on_take(case: AcceptCase) -> Iterator[Acceptance]:
    if case.accept is Accept.ON_TAKE:
        yield Acceptance(Choice.OFFER, Reason("accept_on_take", case.account.id))


def _new_deal(case: AcceptCase) -> Iterator[Acceptance]:
    yield Acceptance(Choice.CREATE, Reason("no_open_deal", case.account.pipeline))


ROWS: tuple[Callable[[AcceptCase], Iterator[Acceptance]], ...] = (
    _always_asked,
    _conversation,
    _open_deals,
    _closed_lately,
    # only who belongs nowhere yet may be somebody for whom nothing is to be born
    _born_on_take,
    _new_deal,
)


def _newest(deals: Sequence[Deal]) -> Deal:
    return max(deals, key=lambda one: (one.opened_at, one.number))
