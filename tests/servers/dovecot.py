"""A private Dovecot: any user may sign in with PASSWORD; letters are delivered into the Maildir by hand."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.servers.child import Child, answers, as_root, free_port, program, short_dir

PASSWORD = "demo-secret"

_CONF = """
base_dir = {place}/run
state_dir = {place}/state
log_path = {place}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{place}/server.pem
ssl_key = <{place}/server.key
disable_plaintext_auth = no
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {group}
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:~/Maildir
mail_fsync = never
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={owner} gid={owner_group} home={place}/home/%u allow_all_users=yes
}}
namespace inbox {{
  inbox = yes
  separator = .
  mailbox Sent {{
    special_use = \\Sent
    auto = create
  }}
}}
service imap-login {{
  chroot =
  process_min_avail = 1
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
mail_max_userip_connections = 200
"""


class DovecotServer:
    """A private Dovecot. `port` speaks plain and STARTTLS, `tls_port` TLS at once, `ca_file` vouches for it."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.host = "127.0.0.1"
        self.port = free_port()
        self.tls_port = free_port()
        self.ca_file = place / "ca.pem"
        # under root the letters belong to somebody else, for Dovecot refuses root's mail
        self.owner = pwd.getpwnam("mail") if as_root() else pwd.getpwuid(os.getuid())
        self._child: Child | None = None
        self._names = count(1)
        self._letters = count(1_700_000_000)

    def create(self) -> None:
        """Write the certificate and the configuration."""
        _certify(self.place)
        me = pwd.getpwuid(os.getuid()).pw_name
        internal, login, group = ("dovecot", "dovenull", "dovecot") if as_root() else (me, me, me)
        (self.place / "dovecot.conf").write_text(
            _CONF.format(
                place=self.place,
                port=self.port,
                tls_port=self.tls_port,
                password=PASSWORD,
                internal=internal,
                login=login,
                group=group,
                owner=self.owner.pw_uid,
                owner_group=self.owner.pw_gid,
            )
        )
        home = self.place / "home"
        home.mkdir()
        self._own(home)

    def start(self) -> None:
        """Start it and wait until it answers."""
        conf = str(self.place / "dovecot.conf")
        self._child = Child([program("dovecot"), "-F", "-c", conf], self.place, death="TERM")
        self._child.wait_until(lambda: answers(self.port) and answers(self.tls_port), "Dovecot")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, and every connection with it."""
        if self._child:
            self._child.end(how)

    @property
    def running(self) -> bool:
        """Whether it accepts connections."""
        return answers(self.port)

    def user(self) -> str:
        """A new user's name, with an empty mailbox; the password is PASSWORD."""
        return f"user{next(self._names)}"

    def folder(self, user: str, folder: str = "INBOX") -> Path:
        """A folder's Maildir, made when it is not there. `folder` is its name on the wire (modified UTF-7)."""
        maildir = self.place / "home" / user / "Maildir"
        path = maildir if folder == "INBOX" else maildir / f".{folder}"
        for part in ("cur", "new", "tmp"):
            (path / part).mkdir(parents=True, exist_ok=True)
        for made in (maildir.parent, maildir, path, path / "cur", path / "new", path / "tmp"):
            self._own(made)
        return path

    def deliver(self, user: str, letter: bytes, folder: str = "INBOX", at: float | None = None) -> Path:
        """Put a letter into the folder, as a delivery agent does. `at` (seconds) becomes its INTERNALDATE."""
        path = self.folder(user, folder)
        # names sort by arrival: Dovecot gives out UIDs to several new letters in that order
        name = f"{next(self._letters):012d}.M1P{os.getpid()}.test"
        written = path / "tmp" / name
        written.write_bytes(letter)
        self._own(written)
        if at is not None:
            os.utime(written, (at, at))
        return written.rename(path / "new" / name)

    def letters(self, user: str, folder: str = "INBOX") -> list[Path]:
        """The letters that lie in a folder, read or not; a flag shows in the name behind `:2,`."""
        path = self.folder(user, folder)
        return sorted(path.glob("new/*")) + sorted(path.glob("cur/*"))

    def forget_uids(self, user: str, folder: str = "INBOX") -> None:
        """Lose the folder's index: it comes back with another UIDVALIDITY."""
        path = self.folder(user, folder)
        for name in path.glob("dovecot*"):
            if name.name != "dovecot-keywords":
                name.unlink() if name.is_file() else shutil.rmtree(name)

    def _own(self, path: Path) -> None:
        if as_root():
            os.chown(path, self.owner.pw_uid, self.owner.pw_gid)


def _certify(place: Path) -> None:
    """A private authority in ca.pem, and a certificate of it for localhost in server.pem."""
    openssl = program("openssl")

    def run(*argv: str) -> None:
        subprocess.run([openssl, *argv], check=True, capture_output=True, cwd=place)

    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    (place / "server.ext").write_text(
        "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n"
    )
    run(
        "req",
        "-x509",
        *new,
        "-keyout",
        "ca.key",
        "-out",
        "ca.pem",
        "-days",
        "30",
        "-subj",
        "/CN=Test authority",
    )
    run("req", *new, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    signing = (
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-days",
        "30",
        "-extfile",
        "server.ext",
    )
    run("x509", "-req", "-in", "server.csr", "-out", "server.pem", *signing)


@pytest.fixture(scope="session")
def dovecot_session() -> Iterator[DovecotServer]:
    program("dovecot")
    place = short_dir(f"imap-{os.getpid()}")
    server = DovecotServer(place)
    server.create()
    server.start()
    yield server
    server.stop()
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def dovecot(dovecot_session: DovecotServer) -> Iterator[DovecotServer]:
    """A running Dovecot; a test may stop and start it, and takes a `user()` of its own."""
    if not dovecot_session.running:
        dovecot_session.start()
    yield dovecot_session
    if not dovecot_session.running:
        dovecot_session.start()
