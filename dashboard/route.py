"""What a row of the API's table is: a parameter, a look, an act."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Param:
    """A query parameter or an argument of a body. `choices` are all it may be; none: any text."""

    name: str
    about: str
    required: bool = False
    choices: tuple[str, ...] = ()
    form: str = "string"


@dataclass(frozen=True, slots=True)
class Look:
    """A GET route under /api/v1. `handler` names a method of the API; `answer` a schema; `role` the least one."""

    path: str
    handler: str
    summary: str
    answer: str
    params: tuple[Param, ...] = ()
    role: str = "observer"


@dataclass(frozen=True, slots=True)
class Act:
    """A POST route under /api/v1: `verb` of one `what`. `answer` is the schema of the new state."""

    collection: str
    what: str
    verb: str
    summary: str
    answer: str
    args: tuple[Param, ...] = ()
    role: str = "manager"

    @property
    def path(self) -> str:
        """The route's path below /api/v1."""
        return f"/{self.collection}/{{id}}/{self.verb}"


REASON = Param("reason", "why, for the record")
