"""The table of alarms: what is watched over, apart from what is worked on."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text

from intake.store.metadata import ledger_metadata, partial

# What needs a hand: one open row a cause (`rule`:`subject`); `version` rises with each change that people are told of.
alarm = Table(
    "alarm",
    ledger_metadata,
    Column("id", Text, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("requests", BigInteger, nullable=False),
    Column("raised_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("ended_at", BigInteger),
    Column("muted_until", BigInteger),
    Column("muted_by", Text, nullable=False),
    Column("told", Boolean, nullable=False),
)
partial("alarm_open", alarm.c.rule, alarm.c.subject, where="ended_at IS NULL", unique=True)
Index("alarm_ended", alarm.c.ended_at)
