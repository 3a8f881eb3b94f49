"""Writing to a client by the channel he came by: what a manager wants said, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from channels.base import Channel
from intake.account import Account
from intake.clock import Millis, new_id
from intake.deal import Interaction
from intake.decision import Wanted
from intake.errors import Conflict
from intake.inquiry import Inquiry
from intake.ports import Command, Who
from workers.auto_replies import written
from workers.births import derived
from workers.fold import Fold
from workers.use_cases.case import House, current, the_deal, the_manager
from workers.writing import REPLY, UNDELIVERED, Message, mark, queue

LONGEST = 4000
"""Signs: what every messenger takes in one message."""


class Replying:
    """The use cases of an answer in writing. Each raises NotFound, Conflict, Forbidden, Unavailable."""

    def __init__(self, house: House, channels: Mapping[str, Channel]) -> None:
        self._house = house
        self._channels = channels

    def reply(self, inquiry_id: str, manager: str, text: str, key: str = "") -> str:
        """Write `text` (plain, at most 4,000 signs) to the client of an inquiry, as the manager of that id; the id of
        the interaction that holds the words.

        Returns at once: the message is committed in the outbox and on the deal's feed, and the relay sends it. When
        the messenger has taken it the promise is kept and a card nobody took is the owner's. When it refuses for
        good, the card rings and says so: the client is to be called.

        `key` recognises the wish when it comes again (the id of the manager's own message): it is then written once.
        Raises Conflict, in words for the manager, when nothing can be written: no deal yet, a call, an account
        without a token. Who may write to whose clients is the caller's to know.
        """
        command = Command("reply", "inquiry", inquiry_id, {"text": text, "key": key})
        return self._write(command, Who(manager, "manager", manager))

    def do(self, command: Command, who: Who) -> None:
        """The verb `reply` of an inquiry, as the manager acted as; arguments `text` and `key`."""
        self._write(command, who)

    def sent(self, interaction: str, inquiry_id: str, at: Millis) -> None:
        """The messenger has taken a manager's message: somebody of ours answered, at that instant."""

        def step(fold: Fold) -> None:
            _, decision = current(fold, inquiry_id)
            deal = fold.snapshot.deals.get(decision.deal_id)
            if deal:
                fold.stop_clock(deal, at, inquiry_id)

        self._record("sent", interaction, inquiry_id, step)

    def robot_words(self, which: str, inquiry: Inquiry) -> str:
        """The words of the account's own text for an inquiry, "" when the account has it no more."""
        rules = self._house.rules()
        account = rules.account(inquiry.account, inquiry.channel)
        return written(which, inquiry, account, rules.company, rules.say)

    def robot_writes(self, interaction: str, inquiry_id: str, text: str) -> None:
        """A robot's message is about to go: its echo will be known as no human's."""

        def step(fold: Fold) -> None:
            inquiry, decision = current(fold, inquiry_id)
            account = fold.rules.account(inquiry.account, inquiry.channel)
            mark(fold.changes, inquiry, decision.deal_id, Message(interaction, "", text), account)

        self._record("writes", interaction, inquiry_id, step)

    def robot_sent(self, interaction: str, inquiry_id: str, text: str) -> None:
        """The messenger has taken a robot's message: it stands on the feed, and nobody has answered yet."""

        def step(fold: Fold) -> None:
            inquiry, decision = current(fold, inquiry_id)
            fold.changes.interactions[interaction] = Interaction(
                interaction, decision.deal_id, decision.client_id, inquiry.id, REPLY, "out", fold.now, text
            )

        self._record("sent", interaction, inquiry_id, step)

    def refused(self, interaction: str, inquiry_id: str, actor: str, reason: str) -> None:
        """A manager's message will not arrive: the card rings and says so, with the `reason`. Twice is once."""

        def step(fold: Fold) -> None:
            inquiry, decision = current(fold, inquiry_id)
            deal = fold.snapshot.deals.get(decision.deal_id)
            if deal is None:
                return
            ident = derived(UNDELIVERED, interaction)
            fold.changes.interactions[ident] = Interaction(
                ident, deal.id, deal.client_id, inquiry.id, UNDELIVERED, "out", fold.now, reason, actor
            )
            card = fold.snapshot.cards.get(deal.id)
            if card:
                fold.ring(replace(card, version=card.version + 1), deal.id, inquiry.id)

        self._record("undelivered", interaction, inquiry_id, step)

    def _write(self, command: Command, who: Who) -> str:
        rules, text = self._house.rules(), command.args.get("text", "").strip()
        if not text:
            raise Conflict(rules.say("there is nothing written"))
        if len(text) > LONGEST:
            raise Conflict(rules.say("too long: {most} signs at most").format(most=LONGEST))
        key = command.args.get("key", "") or new_id(self._house.clock.now())
        ident = derived(REPLY, f"{command.ident}:{key}")

        def step(fold: Fold) -> None:
            manager = the_manager(fold, who.manager)
            inquiry, decision = current(fold, command.ident)
            if not decision.deal_id:
                raise Conflict(rules.say("it is in no deal"))
            deal, account = the_deal(fold, decision.deal_id), rules.account(inquiry.account, inquiry.channel)
            self._must_be_answerable(inquiry, account)
            message = Message(ident, f"reply:{ident}", text, manager.id)
            queue(fold.changes, inquiry, (deal.id, deal.client_id), message, account, fold.now)

        self._house.fold(Wanted(inquiries=[command.ident]), step, command, who)
        return ident

    def _must_be_answerable(self, inquiry: Inquiry, account: Account) -> None:
        channel, say = self._channels.get(inquiry.channel), self._house.rules().say
        if channel is None or channel.unanswerable is None:
            raise Conflict(say("nothing can be written by this channel: call"))
        if why := channel.unanswerable(inquiry, account):
            raise Conflict(say(why))

    def _record(self, verb: str, interaction: str, inquiry_id: str, step: Callable[[Fold], None]) -> None:
        command = Command(verb, "reply", interaction)
        self._house.fold(Wanted(inquiries=[inquiry_id]), step, command, Who("relay", "admin"))
