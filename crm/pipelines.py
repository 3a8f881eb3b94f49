"""Pipelines: the stages a deal goes through, which of them take inquiries, what must be known to enter one. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from intake.deal import Client, Deal

FIELDS: Mapping[str, str] = {
    "title": "the deal's name",
    "amount": "the amount",
    "service": "the service",
    "client": "the client's name",
    "inn": "the taxpayer number",
    "phone": "a phone",
    "email": "an e-mail",
    "task": "a planned task",
}
"""What a stage may ask for, and how people are told that it is missing."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a pipeline. A deal that stands in it joins no inquiries unless it `takes_inquiries`; what it
    `requires` (names of FIELDS) must be there before a deal comes in."""

    id: str
    name: str = ""
    takes_inquiries: bool = True
    requires: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SalesPipeline:
    """A pipeline with its stages in order; without stages any word is one."""

    id: str
    name: str = ""
    stages: tuple[Stage, ...] = ()

    def stage(self, told: str) -> Stage | None:
        """The stage of that id or name, None when there is none."""
        plain = told.strip().casefold()
        return next((one for one in self.stages if plain in (one.id.casefold(), one.name.casefold())), None)


def missing(
    stage: Stage, deal: Deal, client: Client | None, points: Collection[str], *, planned: bool
) -> list[str]:
    """The names of what the stage asks for and nobody has told. `points` are the keys of the client's contacts
    (`phone:+7...`), `planned` whether a task is planned."""
    there = {
        "title": bool(deal.title),
        "amount": deal.amount is not None,
        "service": bool(deal.service),
        "client": bool(client and client.name),
        "inn": bool(client and client.inn),
        "phone": any(one.startswith("phone:") for one in points),
        "email": any(one.startswith("email:") for one in points),
        "task": planned,
    }
    return [name for name in stage.requires if not there[name]]
