"""`backfill` as an operator calls it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.channels.email_listener.desk import letter
from tests.servers.dovecot import PASSWORD, DovecotServer
from workers.bootstrap import open_instance, prepare
from workers.cli import group
from workers.place import Place

CONFIG = """
[[account]]
id = "site"
kind = "form"

[[account]]
id = "box"
kind = "email"
imap = "imaps://localhost:{port}"
user = "{user}"
ca_file = "{ca}"
password = "{word}"
"""


def called(folder: Path, *args: str) -> tuple[int, str]:
    """The exit code and what was said last."""
    done = CliRunner().invoke(group, ["backfill", "--data", str(folder), *args])
    return done.exit_code, str(done.exception or done.stdout.strip())


@pytest.mark.servers
def test_a_mailbox_is_read_again_from_a_date(tmp_path: Path, dovecot: DovecotServer) -> None:
    """The preview counts and takes nothing; the second run takes nothing that the first one took."""
    user = dovecot.user()
    for number in range(3):
        dovecot.deliver(user, letter(f"letter {number}"))
    given = {"port": dovecot.tls_port, "user": user, "ca": dovecot.ca_file, "word": PASSWORD}
    (tmp_path / "lead-intake.toml").write_text(CONFIG.format(**given), encoding="utf-8")
    prepare(Place(None, tmp_path))
    wish = ("box", "--since", "2020-01-01", "--before", "history")
    assert called(tmp_path, *wish, "--preview") == (
        0,
        "3 listed by the source, 0 here already, 3 would be taken in (3 of them as history)",
    )
    assert called(tmp_path, *wish)[1].startswith("3 listed by the source, 0 here already, 3 taken in (3 of")
    assert called(tmp_path, *wish) == (0, "3 listed by the source, 3 here already, 0 taken in")
    instance = open_instance(Place(None, tmp_path))
    assert len(instance.journal.claim("test", instance.clock.now())) == 3
    instance.close()


def test_what_cannot_be_read_again_is_refused(tmp_path: Path) -> None:
    """A form has no history to ask for; an account that is not there is named."""
    (tmp_path / "lead-intake.toml").write_text('[[account]]\nid = "site"\nkind = "form"\n', encoding="utf-8")
    prepare(Place(None, tmp_path))
    assert "cannot be asked for again" in called(tmp_path, "site", "--since", "2026-01-01")[1]
    assert "there is no account box; there are: site" in called(tmp_path, "box", "--since", "2026-01-01")[1]
