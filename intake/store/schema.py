"""The tables. Instants are BIGINT milliseconds, JSON is text; the journal's tables and the ledger's are two
metadata, for on SQLite they are two files."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)

from intake.store.metadata import Sequence, journal_metadata, ledger_metadata, partial
from intake.store.schema_alarm import alarm

__all__ = ["Sequence", "alarm", "journal_metadata", "ledger_metadata"]  # what is declared elsewhere
# `sqlite_with_rowid=False` keeps a table of short rows in the tree of its key alone: one page to write instead of two.

raw = Table(
    "raw",
    journal_metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("inquiry_id", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("grouping", Text, nullable=False),
    Column("part", Integer, nullable=False),
    Column("history", Boolean, nullable=False),
    Column("head", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

Index("raw_inquiry", raw.c.inquiry_id)

# What is still to be worked on: a row is born with its raw event and dies when the ledger has it.
pending = Table(
    "pending",
    journal_metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=True),
    Column("raw_id", Text, nullable=False, unique=True),
    Column("account", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lease_by", Text, nullable=False),
    Column("lease_until", BigInteger, nullable=False),
)

# The atomic claim that tells a first delivery from a repeated one. A claim holds until `until`: for ever for a
# provider's id, 120 s for equal content.
claim = Table(
    "claim",
    journal_metadata,
    Column("account", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("raw_id", Text, nullable=False),
    Column("inquiry_id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
Index("claim_until", claim.c.until)

# Receipts by account and UTC day, raised in the transaction that writes the events.
receipt = Table(
    "receipt",
    journal_metadata,
    Column("account", Text, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("received", BigInteger, nullable=False),
    Column("repeated", BigInteger, nullable=False),
    Column("continued", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
)

cursor = Table(
    "cursor",
    journal_metadata,
    Column("account", Text, primary_key=True),
    Column("place", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

# One live listener an account, by the database's clock; `fence` rises with each new holder.
lease = Table(
    "lease",
    journal_metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("fence", BigInteger, nullable=False),
)

# What each source says of itself: last success, last item, backlog there, the last fault in plain words.
health = Table(
    "health",
    journal_metadata,
    Column("account", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("last_success", BigInteger),
    Column("last_item", BigInteger),
    Column("seen_at_source", BigInteger),
    Column("backlog", BigInteger),
    Column("detail", Text, nullable=False),
    Column("since", BigInteger),
)

inquiry = Table(
    "inquiry",
    ledger_metadata,
    Column("id", Text, primary_key=True),
    Column("account", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("state_reason", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("deal_id", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("search", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("decision", Text, nullable=False),
)
Index("inquiry_state", inquiry.c.state, inquiry.c.id)
Index("inquiry_account", inquiry.c.account, inquiry.c.id)
partial("inquiry_client", inquiry.c.client_id, where="client_id != ''")
partial("inquiry_deal", inquiry.c.deal_id, where="deal_id != ''")

# The fence: a raw event is settled once, whoever else woke up and tries again.
settled = Table(
    "settled",
    ledger_metadata,
    Column("raw_id", Text, primary_key=True),
    Column("inquiry_id", Text, nullable=False),
    sqlite_with_rowid=False,
)
Index("settled_inquiry", settled.c.inquiry_id)

# Outcomes by account and UTC day of receipt, kept in the transaction that changes an inquiry's state, so that
# the balance never counts rows.
tally = Table(
    "tally",
    ledger_metadata,
    Column("account", Text, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("state", Text, primary_key=True),
    Column("n", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

client = Table(
    "client",
    ledger_metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("inn", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("outside_ids", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("merged_into", Text, nullable=False),
)

# Where a client came from: a row of an outside base by its id there - or, where the base has no ids, by a digest of
# what makes the row known. `digest` tells whether the row says anything new.
origin = Table(
    "origin",
    ledger_metadata,
    Column("source", Text, primary_key=True),
    Column("ident", Text, primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("person_id", Text, nullable=False),
    Column("deal_id", Text, nullable=False),
    Column("digest", Text, nullable=False),
)
Index("origin_client", origin.c.client_id)

# A merge of two clients with all that moved, so that it can be undone exactly; `undone_at` once it was.
merge = Table(
    "merge",
    ledger_metadata,
    Column("loser", Text, primary_key=True),
    Column("at", BigInteger, primary_key=True),
    Column("winner", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("moved", Text, nullable=False),
    Column("undone_at", BigInteger),
)
Index("merge_winner", merge.c.winner)

# Who was erased: digests of what would bring them back. Nothing of the person can be read from it.
tombstone = Table(
    "tombstone",
    ledger_metadata,
    Column("digest", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
)

person = Table(
    "person",
    ledger_metadata,
    Column("id", Text, primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("name", Text, nullable=False),
)
Index("person_client", person.c.client_id)

# Who is known under which key: contact points and the blocking keys of names. The largest table: what is held by a
# client is found through its people, so that there is no third tree to write.
holding = Table(
    "holding",
    ledger_metadata,
    Column("key", Text, primary_key=True),
    Column("person_id", Text, primary_key=True),
    Column("client_id", Text, nullable=False),
    sqlite_with_rowid=False,
)
Index("holding_person", holding.c.person_id)

# How many cards carry a token of a name: a rare name says more.
name_count = Table(
    "name_count",
    ledger_metadata,
    Column("token", Text, primary_key=True),
    Column("cards", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# What humans answered about such a sender ("this client it is", or is not): outweighs the rules.
verdict = Table(
    "verdict",
    ledger_metadata,
    Column("key", Text, primary_key=True),
    Column("client_id", Text, primary_key=True),
    Column("person_id", Text, nullable=False),
    Column("same", Boolean, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
)

# Which inquiries name what is another's: `client:<id>`, one they may be from, and `file:<key>`, one they brought. An
# erasure finds them without looking through all.
naming = Table(
    "naming",
    ledger_metadata,
    Column("key", Text, primary_key=True),
    Column("inquiry_id", Text, primary_key=True),
    sqlite_with_rowid=False,
)

# Senders who never buy, as somebody said: what comes from there is rejected for that reason. Folds ask for them only
# while the counter `screens` is not 0.
screen = Table(
    "screen",
    ledger_metadata,
    Column("key", Text, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
)
Index("verdict_client", verdict.c.client_id)

# Two clients who may be one: the rules that said so with their weights (what they saw stands on the two clients), and
# what a person answered: "", later, same or different.
suspect = Table(
    "suspect",
    ledger_metadata,
    Column("client_id", Text, primary_key=True),
    Column("suspect_id", Text, primary_key=True),
    Column("score", Float, nullable=False),
    Column("answer", Text, nullable=False),
    Column("answered_by", Text, nullable=False),
    Column("reasons", Text, nullable=False),
    sqlite_with_rowid=False,
)
Index("suspect_other", suspect.c.suspect_id)
partial("suspect_open", suspect.c.score, suspect.c.client_id, suspect.c.suspect_id, where="answer = ''")

deal = Table(
    "deal",
    ledger_metadata,
    Column("id", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("person_id", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("pipeline", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("amount", Float),
    Column("service", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("takes_inquiries", Boolean, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger),
    Column("lost_reason", Text, nullable=False),
    Column("first_answer_at", BigInteger),
)
Index("deal_client", deal.c.client_id)
partial("deal_open", deal.c.client_id, where="state = 'open'")
partial("deal_owner", deal.c.owner, where="state = 'open'")

task = Table(
    "task",
    ledger_metadata,
    Column("id", Text, primary_key=True),
    Column("deal_id", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
Index("task_deal", task.c.deal_id)
Index("task_owner", task.c.owner, task.c.state, task.c.due_at)

interaction = Table(
    "interaction",
    ledger_metadata,
    Column("id", Text, primary_key=True),
    Column("deal_id", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("inquiry_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    Column("actor", Text, nullable=False),
)
Index("interaction_deal", interaction.c.deal_id, interaction.c.at)
# calls that go on: few at any time
partial("interaction_ringing", interaction.c.at, where="kind = 'call' AND text = 'ringing'")

# Which deal a conversation belongs to, by any id of it.
thread = Table(
    "thread",
    ledger_metadata,
    Column("key", Text, primary_key=True),
    Column("deal_id", Text, nullable=False),
    sqlite_with_rowid=False,
)
Index("thread_deal", thread.c.deal_id)

manager = Table(
    "manager",
    ledger_metadata,
    Column("id", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("extension", Text, nullable=False),
    Column("contacts", Text, nullable=False),
    Column("notify", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("paused_until", BigInteger),
    # hours, leave, share and the like: what decisions ask of a person, as JSON, for it is read whole every time
    Column("terms", Text, nullable=False, server_default="{}"),
)

department = Table(
    "department",
    ledger_metadata,
    Column("id", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("head", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("hours", Text, nullable=False),
    Column("holidays", Text, nullable=False),
)

# Whose turn it was: in a group each turn given raises `seq`; `given` counts those of the manager's day `day`.
turn = Table(
    "turn",
    ledger_metadata,
    Column("grouping", Text, primary_key=True),
    Column("manager", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("day", Integer, nullable=False, server_default="0"),
    Column("given", Integer, nullable=False, server_default="0"),
    sqlite_with_rowid=False,
)

# Counters: `deal` is the next number that people say aloud, `cards` how many persons are known. The row `deal` is
# also the ledger's turnstile: every fold locks it first, so that decisions follow one another on PostgreSQL too.
number = Table(
    "number",
    ledger_metadata,
    Column("name", Text, primary_key=True),
    Column("next", BigInteger, nullable=False),
)

card = Table(
    "card",
    ledger_metadata,
    Column("id", Text, primary_key=True),
    Column("manager", Text, nullable=False),
    Column("deal_id", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("inquiry_ids", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("sent_via", Text, nullable=False),
    Column("sent_at", BigInteger),
    Column("taken_by", Text, nullable=False),
    Column("taken_at", BigInteger),
    # when the clock looks after it next, and whom it was taken from: the promise's timer
    Column("alarm_at", BigInteger),
    Column("asked", Text, nullable=False, server_default="[]"),
)
Index("card_manager", card.c.manager, card.c.changed_at)
Index("card_deal", card.c.deal_id)
Index("card_born", card.c.created_at)
partial("card_untaken", card.c.created_at, where="state = 'new'")

partial("card_alarm", card.c.alarm_at, where="alarm_at IS NOT NULL")

# The messages that show a card - or something else that is changed later, `alarm:<id>:<manager>` -: in a table of
# their own, for the relay writes them while workers extend the card.
card_message = Table(
    "card_message",
    ledger_metadata,
    Column("card_id", Text, primary_key=True),
    Column("messenger", Text, primary_key=True),
    Column("message_id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

effect = Table(
    "effect",
    ledger_metadata,
    Column("id", Sequence, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("lease_by", Text, nullable=False),
    Column("done_at", BigInteger),
    Column("error", Text, nullable=False),
)
partial("effect_due", effect.c.due_at, effect.c.id, where="state = 'waiting'")
partial("effect_parked", effect.c.id, where="state = 'parked'")

# Secrets are kept as SHA-256 digests; kind is token, link, session or invite.
access = Table(
    "access",
    ledger_metadata,
    Column("digest", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("manager", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("until", BigInteger),
)

# Who did what, for the record: acts of people, reveals of personal data, changes of rules.
audit = Table(
    "audit",
    ledger_metadata,
    Column("id", Sequence, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("verb", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("ident", Text, nullable=False),
    Column("detail", Text, nullable=False),
)
Index("audit_subject", audit.c.what, audit.c.ident)
