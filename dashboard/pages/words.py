"""The words of the pages: states, kinds, reasons of decisions, in the reader's language.

`N_` marks a text for translation without translating it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


def N_(text: str) -> str:  # noqa: N802  the name that every gettext tool looks for
    """The text itself: marked, to be translated when it is shown."""
    return text


@dataclass(frozen=True, slots=True)
class Word:
    """How a state is told: its label, the tone of its colour, and what it means."""

    label: str
    tone: str = "plain"
    help: str = ""


STATES: Mapping[str, Word] = {
    "waiting": Word(
        N_("Waiting"), "busy", N_("Accepted and on disk, not yet worked on. It takes a second at most.")
    ),
    "offered": Word(N_("In the tray"), "warn", N_("Waits for a manager's choice.")),
    "attached": Word(N_("Attached"), "good", N_("Joined to a deal the client already had.")),
    "created": Word(N_("Created"), "good", N_("A new deal was opened for it.")),
    "rejected": Word(N_("Rejected"), "plain", N_("A person said that it is no sale.")),
    "ignored": Word(
        N_("Not a request"),
        "plain",
        N_(
            "An auto-reply, a bounce, a mailing or our own letter. One press makes an inquiry of it after all."
        ),
    ),
    "buried": Word(
        N_("Buried"), "bad", N_("Nobody could read it. The original is kept and can be tried again.")
    ),
}

KINDS: Mapping[str, str] = {
    "form": N_("Form"),
    "message": N_("Message"),
    "call": N_("Call"),
    "email": N_("Letter"),
    "": N_("Not read yet"),
}

STAGES: Mapping[str, Word] = {
    "waiting": Word(
        N_("Not worked on yet"), "busy", N_("Accepted and on disk; nothing is lost while they wait.")
    ),
    "offered": Word(
        N_("In the tray"), "warn", N_("A manager is to choose: attach, new deal, or not a sale.")
    ),
    "sending": Word(N_("Card on its way"), "busy", N_("Cards and letters that are not delivered yet.")),
    "untaken": Word(N_("Not taken"), "warn", N_("Cards that no manager has taken yet.")),
    "buried": Word(N_("Buried"), "bad", N_("Nobody could read them; they wait for a person.")),
    "parked": Word(N_("Stopped sending"), "bad", N_("Cards and letters that will never go out as they are.")),
}

CHANNEL_STATES: Mapping[str, Word] = {
    "working": Word(N_("works"), "good"),
    "ok": Word(N_("works"), "good"),
    "reading": Word(N_("reads what was missed"), "busy"),
    "connecting": Word(N_("connects"), "busy"),
    "waiting": Word(N_("waits"), "busy"),
    "silent": Word(N_("silent"), "warn"),
    "error": Word(N_("fault"), "bad"),
    "stopped": Word(N_("stopped"), "bad"),
}

MUTES: Mapping[str, str] = {
    "60": N_("an hour"),
    "240": N_("four hours"),
    "1440": N_("a day"),
    "10080": N_("a week"),
    "0": N_("no time: tell again"),
}

EXPIRES: Mapping[str, str] = {
    "token": N_("The token ends"),
    "subscription": N_("The subscription ends"),
    "certificate": N_("The certificate ends"),
}

BEFORE: Mapping[str, str] = {
    "skip": N_("leave it alone"),
    "history": N_("take it in as history, ring nobody"),
    "news": N_("take it in as news"),
}

CARD_STATES: Mapping[str, Word] = {
    "new": Word(N_("New"), "warn"),
    "offered": Word(N_("Choose"), "warn"),
    "taken": Word(N_("Taken"), "good"),
    "closed": Word(N_("Closed"), "plain"),
}

STATE_REASONS: Mapping[str, str] = {
    "spam": N_("spam"),
    "supplier": N_("a supplier's offer"),
    "service": N_("a service's or an exchange's notice"),
    "accounting": N_("papers for the accountants"),
    "staff": N_("one of our own people"),
    "auto_reply": N_("an automatic reply"),
    "bounce": N_("a letter that came back"),
    "list": N_("a mailing"),
    "answer": N_("our own answer or call"),
    "own": N_("our own letter"),
    "read_receipt": N_("a read receipt"),
    "calendar": N_("a calendar's reply"),
    "honeypot": N_("a robot filled in the hidden field"),
    "vacation": N_("away on holiday"),
    "sent": N_("our sent letter"),
    "empty": N_("nothing was filled in"),
    "other": N_("not a sale"),
    "history": N_("was there before the account was connected"),
    "internal": N_("a call among colleagues"),
    "support": N_("a call to a line that is not for sales"),
    "part": N_("a part of a call whose beginning never came"),
}

IDENTITIES: Mapping[str, str] = {
    "same": N_("A client we know"),
    "possible": N_("Perhaps a client we know"),
    "new": N_("A new client"),
}

RULES: Mapping[str, str] = {
    "contact": N_("The contact is known"),
    "contact_of_a_few": N_("The contact is shared by a few people"),
    "contact_of_a_desk": N_("The contact is a desk's mailbox"),
    "contact_of_many": N_("The contact is a company's switchboard"),
    "contact_of_strangers": N_("The contact is shared by people who have nothing in common"),
    "contact_repaired": N_("The mailbox is known, with the slip in its domain mended"),
    "contact_one_slip": N_("The phone is one slip away from a known one"),
    "contact_of_anybody": N_("The contact belongs to very many: it says nothing"),
    "name_equal": N_("The name is written the same"),
    "name_full": N_("The full name is the same"),
    "name_initials": N_("The surname is the same, the initials fit"),
    "name_renamed": N_("The given name is the same, the surname has changed"),
    "name_given": N_("The given name is the same"),
    "name_surname": N_("The surname is the same"),
    "name_silent": N_("There is no name to compare"),
    "name_father": N_("Another patronymic: perhaps a relative or a namesake"),
    "name_surnames": N_("The given name is the same, the surname is another"),
    "name_relative": N_("The surname is the same, the given name is another"),
    "name_other": N_("The name is another one"),
    "name_rare": N_("A rare full name, without a contact in common"),
    "name_stranger": N_("Another person of the same contact"),
    "company": N_("The company is the same"),
    "legal_entity": N_("The ИНН of one legal entity"),
    "client_sure": N_("All who hold the contact are people of this client"),
    "sender_unproven": N_("The sender's address may be forged: it proposes, it does not decide"),
    "rival": N_("Somebody else fits as well"),
    "told_same": N_("A person said that they are the same"),
    "ignored_ours": N_("Left out: our own contact"),
    "ignored_placeholder": N_("Left out: a made-up contact"),
    "ignored_robot": N_("Left out: a robot's address"),
    "ignored_pseudo": N_("Left out: a number made up by a tracking service"),
    "nobody_known": N_("Nobody is known under these contacts"),
    "thread": N_("A reply in the deal's own conversation"),
    "open_deal": N_("The client has one open deal"),
    "no_open_deal": N_("The client has no open deal in this pipeline"),
    "several_open_deals": N_("The client has several open deals: a manager chooses"),
    "thread_waits": N_("An answer to a deal that takes no inquiries now: a manager decides"),
    "closed_lately": N_("The client's deal was closed a short while ago: a manager decides"),
    "reopened": N_("The client's deal, closed a short while ago, is open again"),
    "remembered": N_("Somebody said of this sender that it is no sale"),
    "accept_ask": N_("This account always asks a manager"),
    "accept_on_take": N_("This account opens a deal when a manager takes it"),
    "taken": N_("A manager took it"),
    "owner_taken": N_("The one who took it answers for it"),
    "owner_answered_by": N_("Who answered the call"),
    "owner_personal_mailbox": N_("Whose mailbox it came to"),
    "no_end": N_("The end of the call never came: it counts as missed"),
    "owner_client_owner": N_("The client's own manager"),
    "owner_deal_owner": N_("The deal's own manager"),
    "owner_segment": N_("The department for such inquiries"),
    "owner_skills": N_("Who is skilled for it"),
    "owner_round_robin": N_("Whose turn it is"),
    "owner_weighted": N_("Whose turn it is by the shares"),
    "owner_least_loaded": N_("Who has the fewest open deals"),
    "owner_qualifier": N_("Who qualifies first"),
    "owner_head": N_("Nobody took it in time: the head"),
    "owner_deputy": N_("Who stands in for its owner"),
    "not_taken": N_("Not taken in time"),
    "owner_nobody": N_("Nobody could be chosen"),
    "owner_declined": N_("Who said “not now”"),
    "told_different": N_("A person said that they are not the same"),
}

ACTIONS: Mapping[str, str] = {
    "take": N_("Take"),
    "attach": N_("Attach"),
    "create": N_("New deal"),
    "detach": N_("Detach from the deal"),
    "reject": N_("Not a sale"),
    "accept": N_("It is an inquiry after all"),
    "assign": N_("Hand over"),
    "replay": N_("Work it out again"),
    "drop": N_("Let it go"),
    "remove": N_("Forget"),
    "warned_no_task": N_("The owner was warned: no task"),
    "no_task_for_long": N_("No task for long: may be handed over"),
    "release": N_("Handed over for want of a task"),
    "reveal": N_("Looked at the contacts"),
    "same": N_("It is them"),
    "different": N_("Somebody else"),
    "later": N_("Put off"),
    "merge": N_("Joined"),
    "unmerge": N_("Taken apart"),
    "decline": N_("Not now: to the next in turn"),
    "called_back": N_("Called back, as the manager says"),
}

DONE: Mapping[str, str] = {
    "take": N_("Taken: it is yours now."),
    "attach": N_("Attached to the deal."),
    "create": N_("A new deal is open."),
    "detach": N_("Taken out of the deal."),
    "reject": N_("Marked as no sale."),
    "accept": N_("It is an inquiry again."),
    "assign": N_("Handed over."),
    "replay": N_("Put back to work; it will be worked out again in a second."),
    "same": N_("Remembered: the same client."),
    "different": N_("Remembered: a different client."),
    "later": N_("Put off: it stands among those for later."),
    "mute": N_("Nobody is told of it for now."),
    "backfill": N_("Ordered: it is read again in a moment."),
    "remove": N_("Forgotten: what they write is an inquiry again."),
    "drop": N_("Dropped; the originals are kept until their time is over."),
    "reply": N_("On its way to the client."),
    "attach_open": N_("Attached to the deal."),
    "attach_task": N_("Attached to the deal, and a task is set."),
    "call": N_("Yours: call, then say what came of it."),
    "called_back": N_("Noted: called back."),
    "no_answer": N_("A task to call again is set."),
    "decline": N_("Given to the next in turn."),
    "task": N_("A task is set."),
    "stage": N_("Moved to the stage."),
    "won": N_("Won: the deal is closed."),
    "lost": N_("Lost: the deal is closed."),
}

ROLES: Mapping[str, str] = {
    "observer": N_("observer"),
    "manager": N_("manager"),
    "duty": N_("on duty"),
    "head": N_("head of sales"),
    "admin": N_("administrator"),
}


def told(table: Mapping[str, str], name: str, say: Callable[[str], str]) -> str:
    """The translated word for `name`; a name without a word is told as it is, without its underlines."""
    return say(table[name]) if name in table else name.replace("_", " ")


def state_word(table: Mapping[str, Word], name: str) -> Word:
    """The word for a state; an unknown state is told as it is."""
    return table.get(name, Word(name.replace("_", " ")))
