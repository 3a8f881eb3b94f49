"""Fixtures for every room: the private real servers of tests/servers."""

from tests.servers.dovecot import dovecot, dovecot_session
from tests.servers.postfix import postfix
from tests.servers.postgres import postgres_server, postgres_session, postgres_url
from tests.servers.redis import redis_server, redis_session, redis_url

__all__ = [
    "dovecot",
    "dovecot_session",
    "postfix",
    "postgres_server",
    "postgres_session",
    "postgres_url",
    "redis_server",
    "redis_session",
    "redis_url",
]
