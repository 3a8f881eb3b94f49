"""Access tokens for mail servers that refuse passwords: got with a refresh token, renewed before they end."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import aiohttp

from intake.errors import Unavailable

_EARLY_S = 120
"""A token this close to its end is not used any more."""


class TokenRefused(Unavailable):
    """The token service refuses the refresh token: connect the account anew and replace oauth.refresh_token."""


class Tokens:
    """The access tokens of one account (RFC 6749, section 6)."""

    def __init__(self, oauth: Mapping[str, str], timeout_s: float = 20) -> None:
        self._oauth = oauth
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._token = ""
        self._until = 0.0

    async def get(self) -> str:
        """A token that is still good. Raises TokenRefused, Unavailable."""
        now = asyncio.get_running_loop().time()
        if not self._token or now >= self._until:
            self._token, seconds = await self._renew()
            self._until = now + seconds - _EARLY_S
        return self._token

    def forget(self) -> None:
        """The server did not take the token: get another one next time."""
        self._token = ""

    async def _renew(self) -> tuple[str, float]:
        form = {"grant_type": "refresh_token"}
        for name in ("client_id", "client_secret", "refresh_token", "scope"):
            if self._oauth.get(name):
                form[name] = self._oauth[name]
        try:
            async with (
                aiohttp.ClientSession(timeout=self._timeout) as session,
                session.post(self._oauth["token_url"], data=form) as answer,
            ):
                said = await answer.json(content_type=None)
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise Unavailable(f"the token service does not answer: {type(error).__name__}") from error
        if not isinstance(said, dict) or status >= 400 or not said.get("access_token"):
            reason = said.get("error", "") if isinstance(said, dict) else ""
            if status >= 500 or status == 429:
                raise Unavailable(f"the token service answers {status}")
            raise TokenRefused(
                f"the token service refuses ({status} {reason}): replace oauth.refresh_token", after=60
            )
        return str(said["access_token"]), float(said.get("expires_in", 3600))
