"""A private Postfix that takes letters by SMTP and puts them into the private Dovecot's mailboxes."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.child import Child, answers, as_root, free_port, missing, program, short_dir
from tests.servers.dovecot import DovecotServer

DOMAIN = "example.ru"
_MASTER = "/usr/lib/postfix/sbin/master"

_MAIN = """
compatibility_level = 3.6
queue_directory = {place}/spool
data_directory = {place}/data
mail_owner = postfix
setgid_group = postdrop
myhostname = mail.{domain}
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_forbid_bare_newline = yes
message_size_limit = 52428800
virtual_mailbox_limit = 0
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {home}
virtual_mailbox_maps = texthash:{place}/boxes
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
default_transport = error:only the private domain is served
maillog_file = {place}/mail.log
maillog_file_prefixes = {place}
alias_maps =
"""


class PostfixServer:
    """SMTP on `port` of the loopback; a letter for `<user>@example.ru` lands in that Dovecot user's INBOX."""

    def __init__(self, place: Path, dovecot: DovecotServer) -> None:
        self.place = place
        self.dovecot = dovecot
        self.host = "127.0.0.1"
        self.port = free_port()
        self.domain = DOMAIN
        self._child: Child | None = None

    def start(self) -> None:
        """Write its configuration and start it."""
        conf = self.place / "conf"
        for made in (conf, self.place / "spool", self.place / "data"):
            made.mkdir(exist_ok=True)
        shutil.chown(self.place / "data", "postfix")
        # Postfix delivers to mailboxes that are named beforehand only
        boxes = (f"user{number}@{DOMAIN} user{number}/Maildir/\n" for number in range(1, 2001))
        (self.place / "boxes").write_text("".join(boxes))
        owner = self.dovecot.owner
        main = _MAIN.format(
            place=self.place,
            domain=DOMAIN,
            home=self.dovecot.place / "home",
            uid=owner.pw_uid,
            gid=owner.pw_gid,
        )
        (conf / "main.cf").write_text(main)
        master = Path("/etc/postfix/master.cf.proto").read_text(encoding="utf-8")
        (conf / "master.cf").write_text(_private_master(master, self.port))
        check = [program("postfix"), "-c", str(conf), "check"]
        done = subprocess.run(check, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        # the master changes its user, which clears its death signal: a shell dies with the tests in its stead
        guard = 'trap \'kill $master\' TERM; "$0" -c "$1" -s & master=$!; wait $master; wait $master'
        self._child = Child(["/bin/sh", "-c", guard, _MASTER, str(conf)], self.place, death="TERM")
        self._child.wait_until(lambda: answers(self.port), "Postfix")

    def stop(self) -> None:
        """End it."""
        if self._child:
            self._child.end()


def _private_master(proto: str, port: int) -> str:
    """Debian's services without chroot, SMTP on `port` alone."""
    lines = []
    for line in proto.splitlines():
        fields = line.split()
        if not line or line[0] in "# \t" or len(fields) < 8:
            continue
        if fields[0] == "smtp" and fields[1] == "inet":
            fields[0] = f"127.0.0.1:{port}"
        fields[4] = "n"
        lines.append(" ".join(fields))
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="session")
def postfix(dovecot_session: DovecotServer) -> Iterator[PostfixServer]:
    """A running Postfix in front of the private Dovecot."""
    program("postfix")
    if not as_root():
        missing("Postfix can be started by root alone")
    place = short_dir(f"smtp-{os.getpid()}")
    server = PostfixServer(place, dovecot_session)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(place, ignore_errors=True)
