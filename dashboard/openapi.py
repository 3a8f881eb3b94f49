"""openapi.json, written from the same table that registers the routes."""

from __future__ import annotations

from typing import Any

from dashboard.route import Act, Look, Param
from dashboard.schemas import SCHEMAS
from dashboard.table import ACTS, LOOKS, MANAGER

PREFIX = "/api/v1"
_ERRORS = {
    "400": "It cannot be read: the error says what",
    "401": "No token, or one that is not known",
    "403": "This role may not do that",
    "404": "There is no such thing, or it is somebody else's",
    "409": "It does not fit the present state: the error says who or what stands in the way",
    "503": "The database does not answer now: come again",
}


def description(version: str = "1") -> dict[str, Any]:
    """The whole document."""
    paths: dict[str, Any] = {}
    for look in LOOKS:
        paths.setdefault(PREFIX + look.path, {})["get"] = _look(look)
    for act in ACTS:
        paths.setdefault(PREFIX + act.path, {})["post"] = _act(act)
    return {
        "openapi": "3.1.0",
        "info": {"title": "lead-intake", "version": version},
        "paths": paths,
        "components": {
            "schemas": dict(SCHEMAS),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _look(look: Look) -> dict[str, Any]:
    params = [_ident()] if "{id}" in look.path else []
    params += [_param(one) for one in look.params]
    codes = ["400", "401", "403", "503"] + (["404"] if "{id}" in look.path else [])
    return {
        "operationId": look.handler,
        "summary": look.summary,
        "description": f"Takes the role {look.role} or a higher one.",
        "parameters": params,
        "responses": {"200": _answer(look.answer), **_errors(codes)},
    }


def _act(act: Act) -> dict[str, Any]:
    args = (*act.args, MANAGER)
    body = {
        "type": "object",
        "properties": {one.name: {**_form(one), "description": one.about} for one in args},
        "required": [one.name for one in args if one.required],
        "additionalProperties": False,
    }
    return {
        "operationId": f"{act.what}_{act.verb}",
        "summary": act.summary,
        "description": f"Takes the role {act.role} or a higher one.",
        "parameters": [_ident()],
        "requestBody": {
            "required": any(one.required for one in args),
            "content": {"application/json": {"schema": body}},
        },
        "responses": {"200": _answer(act.answer), **_errors(list(_ERRORS))},
    }


def _ident() -> dict[str, Any]:
    return {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}


def _param(one: Param) -> dict[str, Any]:
    return {
        "name": one.name,
        "in": "query",
        "required": one.required,
        "description": one.about,
        "schema": _form(one),
    }


def _form(one: Param) -> dict[str, Any]:
    return {"type": one.form, "enum": list(one.choices)} if one.choices else {"type": one.form}


def _answer(schema: str) -> dict[str, Any]:
    shape = {"$ref": f"#/components/schemas/{schema}"} if schema in SCHEMAS else {"type": schema}
    return {"description": "It is so", "content": {"application/json": {"schema": shape}}}


def _errors(codes: list[str]) -> dict[str, Any]:
    shape = {"$ref": "#/components/schemas/Error"}
    return {
        code: {"description": _ERRORS[code], "content": {"application/json": {"schema": shape}}}
        for code in codes
    }
