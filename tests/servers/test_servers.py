"""The private servers themselves: what the other rooms' tests rely on."""

import imaplib
import smtplib
import ssl
import urllib.parse

import psycopg
import pytest
import redis

from tests.servers.child import wait_for
from tests.servers.dovecot import PASSWORD, DovecotServer
from tests.servers.postfix import PostfixServer

pytestmark = pytest.mark.servers


def test_redis_starts_empty(redis_url: str) -> None:
    """Each test finds an empty Redis."""
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("a", "b")


def test_redis_is_emptied_for_the_next_test(redis_url: str) -> None:
    """What an earlier test wrote is gone."""
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0


def test_a_postgres_database_is_durable_and_a_test_s_own(postgres_url: str) -> None:
    """Commits are on disk when they are acknowledged, as in earnest."""
    parts = urllib.parse.urlsplit(postgres_url)
    dsn = f"host={parts.hostname} port={parts.port} user={parts.username} dbname={parts.path[1:]}"
    with psycopg.connect(dsn) as connection:
        shown = [connection.execute(f"SHOW {name}").fetchone() for name in ("fsync", "synchronous_commit")]
    assert shown == [("on",), ("on",)]


def test_dovecot_serves_a_delivered_letter(dovecot: DovecotServer) -> None:
    """A letter written into the Maildir is there over IMAP with TLS."""
    user = dovecot.user()
    dovecot.deliver(user, b"Subject: hello\r\n\r\ntext\r\n")
    context = ssl.create_default_context(cafile=str(dovecot.ca_file))
    with imaplib.IMAP4_SSL("localhost", dovecot.tls_port, ssl_context=context) as box:
        box.login(user, PASSWORD)
        assert box.select("INBOX")[1] == [b"1"]


def test_postfix_delivers_into_dovecot(postfix: PostfixServer, dovecot: DovecotServer) -> None:
    """A letter sent by SMTP lands in the user's mailbox."""
    user = dovecot.user()
    dovecot.folder(user)
    with smtplib.SMTP(postfix.host, postfix.port) as client:
        client.sendmail("ivan@client.example", [f"{user}@{postfix.domain}"], "Subject: hi\r\n\r\ntext\r\n")
    wait_for(lambda: len(dovecot.letters(user)) == 1, "the letter")
