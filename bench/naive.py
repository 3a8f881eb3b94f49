"""The naive stack's worker: a job a lead, SQLAlchemy, one row after another. What is written first, and often stays."""

from __future__ import annotations

import sys
from functools import cache

from redis import Redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from intake.contact import read_phone


class Base(DeclarativeBase):
    """The naive tables."""


class Client(Base):
    """A client, by phone."""

    __tablename__ = "naive_client"
    id: Mapped[int] = mapped_column(primary_key=True)
    phone: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]


class Deal(Base):
    """A deal of a client."""

    __tablename__ = "naive_deal"
    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("naive_client.id"), index=True)
    title: Mapped[str]
    owner: Mapped[str]
    state: Mapped[str] = mapped_column(default="open")


class Lead(Base):
    """One request."""

    __tablename__ = "naive_lead"
    id: Mapped[int] = mapped_column(primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("naive_deal.id"), index=True)
    text: Mapped[str]


@cache
def _session(url: str) -> Session:
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    return Session(engine)


def process(url: str, fields: dict[str, str]) -> None:
    """Find or create the client and the deal, add the lead."""
    session = _session(url)
    phone = read_phone(fields["phone"], "RU")
    number = phone.number if phone else ""
    client = session.scalar(select(Client).where(Client.phone == number))
    if client is None:
        client = Client(phone=number, name=fields["name"])
        session.add(client)
        session.flush()
    deal = session.scalar(select(Deal).where(Deal.client_id == client.id, Deal.state == "open"))
    if deal is None:
        deal = Deal(client_id=client.id, title=fields["message"][:80], owner="petrova")
        session.add(deal)
        session.flush()
    session.add(Lead(deal_id=deal.id, text=fields["message"]))
    session.commit()
    session.expunge_all()


if __name__ == "__main__":
    connection = Redis.from_url(sys.argv[1])
    queue = Queue("naive", connection=connection, serializer=JSONSerializer)
    SimpleWorker([queue], connection=connection, serializer=JSONSerializer).work(logging_level="WARNING")
