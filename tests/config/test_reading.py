"""Reading the configuration: what is understood, and how each fault is told."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from config.faults import BadConfig, Fault
from config.reading import load, read
from config.settings import Settings

CONTRACT = """
[company]
name = "ООО «Ромашка»"
region = "RU"                  # numbers without a country code
timezone = "Europe/Moscow"
language = "ru"
public_url = "https://in.example.ru/"
trusted_proxies = ["127.0.0.1", "10.0.0.0/8"]
own_domains = ["example.ru"]
own_phones = ["+74951234567"]

[[department]]
id = "retail"
name = "Розница"
head = "ivanov"
timezone = "Asia/Novosibirsk"

[[account]]
id = "site"
kind = "form"
secret = "env:SITE_SECRET"
accept = "auto"
department = "retail"
pipeline = "retail"
service = "Доставка"
start = "now"

[[account]]
id = "sales-mail"
kind = "email"
imap = "imaps://imap.example.ru"
user = "sales@example.ru"
password = "file:mail-password"
own_addresses = ["sales@example.ru"]
sent_folder = "Sent"
move = {}
ca_file = "own-ca.pem"
owner = ""
start = 2026-11-01

[[manager]]
id = "petrova"
name = "Анна Петрова"
telegram = 1001
extension = "101"
department = "retail"
notify = ["telegram", "max", "email"]

[[manager]]
id = "ivanov"
name = "Иван Иванов"
email = "ivanov@example.ru"

[owners]
rules = ["answered_by", "client_owner", "deal_owner", "round_robin"]

[notify.telegram]
token = "env:MANAGER_BOT_TOKEN"
api = "https://api.telegram.org"
proxy = ""
timeout_s = 10

[notify.email]
smtp = "smtps://smtp.example.ru"
user = "robot@example.ru"
password = "env:SMTP_PASSWORD"

[notify]
chat_per_s = 1.0
storm = 10
quiet_hours = []

[promise]
take_min = 5
remind_at = 0.8
then = ["next", "head"]

[limits]
body_mb = 25
form_per_address_min = 30
[retention]
raw_days = 400
attachments_days = 400
free_disk_mb = 500

[store]
url = "sqlite:///lead-intake.db"
[queue]
url = "redis://127.0.0.1:6379/0"
"""

ENVIRON = {
    "SITE_SECRET": "demo-site-secret",
    "MANAGER_BOT_TOKEN": "demo-bot-token",
    "SMTP_PASSWORD": "demo-smtp",
}


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "lead-intake.toml"
    path.write_text(text, encoding="utf-8")
    return path


def loaded(tmp_path: Path, text: str, environ: dict[str, str] | None = None) -> Settings:
    return load(written(tmp_path, text), tmp_path, environ or {})


def faults(tmp_path: Path, text: str, environ: dict[str, str] | None = None) -> list[tuple[int, str, str]]:
    found = read(written(tmp_path, text), tmp_path, environ or {}).faults
    return [(one.line, one.setting, one.fault) for one in found]


@pytest.fixture
def contract(tmp_path: Path) -> Settings:
    (tmp_path / "mail-password").write_text("demo-mail-password\n", encoding="utf-8")
    return loaded(tmp_path, CONTRACT, ENVIRON)


def test_the_contracts_example_is_understood(contract: Settings) -> None:
    """Every table of the promised file has its place."""
    site, mail = contract.accounts
    assert site.secret.get_secret_value() == "demo-site-secret"
    assert mail.options["password"] == "demo-mail-password"
    assert mail.options["own_addresses"] == ["sales@example.ru"]
    assert contract.managers[0].contacts == {"telegram": "1001"}
    assert contract.notify.telegram is not None
    assert contract.notify.telegram.token.get_secret_value() == "demo-bot-token"
    assert contract.promise.then == ("next", "head")
    assert contract.company.public_url == "https://in.example.ru"


def test_an_empty_file_is_a_whole_configuration(tmp_path: Path) -> None:
    """Everything but an account or two is optional."""
    settings = loaded(tmp_path, "")
    assert settings.company.region == "RU"
    assert settings.limits.body_mb == 25
    assert settings.queue.url == ""


def test_relative_paths_are_relative_to_the_data_directory(contract: Settings, tmp_path: Path) -> None:
    """A SQLite file, a secret's file and a certificate are looked for in the data directory."""
    assert contract.store.url == f"sqlite:///{tmp_path}/lead-intake.db"
    assert contract.accounts[1].options["ca_file"] == str(tmp_path / "own-ca.pem")
    assert loaded(tmp_path, "").store.url == f"sqlite:///{tmp_path}/lead-intake.db"


def test_an_absolute_path_and_another_database_stay_as_they_are(tmp_path: Path) -> None:
    """Only a relative SQLite path is moved."""
    assert loaded(tmp_path, '[store]\nurl = "sqlite:////srv/x.db"').store.url == "sqlite:////srv/x.db"
    postgres = "postgresql+psycopg://u:demo-word@db/leads"
    assert loaded(tmp_path, f'[store]\nurl = "{postgres}"').store.url == postgres


def test_an_accounts_start_is_a_moment_in_the_companys_zone(contract: Settings) -> None:
    """ "now" is None; a date is that day's first moment where the company is."""
    site, mail = contract.accounts
    assert site.started_at("Europe/Moscow") is None
    assert mail.started_at("Europe/Moscow") == datetime(2026, 11, 1, tzinfo=ZoneInfo("Europe/Moscow"))


def test_secrets_do_not_show_when_printed(contract: Settings) -> None:
    """Neither a secret, an option of a provider nor an address with a password is in the repr."""
    shown = repr(contract) + str(contract)
    for secret in (*ENVIRON.values(), "demo-mail-password"):
        assert secret not in shown
    assert "password" in repr(contract.accounts[1])


def test_the_log_learns_every_secret(tmp_path: Path, contract: Settings) -> None:
    """Secrets of accounts, options, messengers and addresses are gathered for the mask."""
    assert contract.secrets() >= {*ENVIRON.values(), "demo-mail-password"}
    settings = loaded(tmp_path, '[queue]\nurl = "redis://:demo-queue-word@localhost/0"')
    assert "demo-queue-word" in settings.secrets()


def test_every_fault_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    """One reading finds them all: unknown keys and tables, wrong words, types, zones, references, doubles."""
    text = """\
[company]
region = "ru"
timezone = "Moscow"
language = "de"
publik_url = "https://x"
trusted_proxies = ["nobody"]
own_phones = ["12"]

[[account]]
id = "site"
kind = "form"
secret = "env:NOT_SET"
department = "sales"

[[account]]
id = "site"
accept = "later"
start = "yesterday"

[[manager]]
id = "пётр"
name = "Пётр"
notify = ["pager"]

[promise]
take_min = "soon"
remind_at = 2

[limits]
form_per_address_min = true

[store]
url = "mysql://db"

[mailbox]
x = 1
"""
    assert faults(tmp_path, text) == [
        (2, "company.region", 'no region is called "ru"'),
        (3, "company.timezone", 'no time zone is called "Moscow"'),
        (4, "company.language", "is none of the words that fit"),
        (5, "company.publik_url", "there is no such setting"),
        (6, "company.trusted_proxies", '"nobody" is no IP address or network'),
        (7, "company.own_phones[0]", '"12" is no phone number'),
        (12, 'account "site": secret', "the environment has no NOT_SET"),
        (13, 'account "site": department', 'there is no department "sales"'),
        (15, 'account "site": kind', "is missing"),
        (16, 'account "site": id', 'there is another account "site"'),
        (17, 'account "site": accept', "is none of the words that fit"),
        (18, 'account "site": start', "is no date"),
        (21, 'manager "пётр": id', "is no id"),
        (23, 'manager "пётр": notify[0]', "is none of the words that fit"),
        (26, "promise.take_min", "is not a number"),
        (27, "promise.remind_at", "input should be less than or equal to 1"),
        (30, "limits.form_per_address_min", "is true or false where a number is wanted"),
        (33, "store.url", "is no address that fits here"),
        (35, "mailbox", "there is no such setting"),
    ]


def test_every_fault_has_a_mend(tmp_path: Path) -> None:
    """An unknown key is mended by the known one most like it, a reference by the ids there are."""
    text = '[company]\npublik_url = ""\n'
    text += '[[account]]\nid = "a"\nkind = "form"\ndepartment = "retai"\n'
    text += '[[department]]\nid = "retail"\nname = "Р"\n'
    found = read(written(tmp_path, text), tmp_path, {}).faults
    assert [one.mend for one in found] == ["write public_url", 'write "retail"']


def test_the_configuration_that_is_promised_has_no_fault(tmp_path: Path) -> None:
    """Every key that users are promised is known, with the values it shows."""
    secrets = dict.fromkeys(
        (
            "SITE_SECRET",
            "SALES_MAIL_PASSWORD",
            "MANGO_KEY",
            "MANGO_SALT",
            "MANAGER_BOT_TOKEN",
            "SMTP_PASSWORD",
        ),
        "demo-secret",
    )
    sample = Path(__file__).with_name("sample.toml").read_text(encoding="utf-8")
    assert read(written(tmp_path, sample), tmp_path, secrets).faults == ()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[company]\nname = "ООО\n', 2),
        ("[company\n", 1),
        ('name = "a"\nname = "b"\n', 2),
        ("[[account]]\nid = site\n", 2),
        ("x = [1,\n2", 2),
    ],
)
def test_broken_toml_is_told_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    """What the TOML reader cannot read is one fault, at its line."""
    (fault,) = read(written(tmp_path, text), tmp_path, {}).faults
    assert (fault.line, fault.setting) == (line, "the file")
    assert fault.fault.startswith("is no TOML here")


def test_a_file_in_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    """A file saved as cp1251 names the first line that shows it."""
    path = tmp_path / "x.toml"
    path.write_bytes('[company]\nname = "Ромашка"\n'.encode("cp1251"))
    (fault,) = read(path, tmp_path, {}).faults
    assert (fault.line, fault.fault) == (2, "is not UTF-8")


def test_a_file_saved_by_a_windows_editor_is_read(tmp_path: Path) -> None:
    """A byte order mark and CRLF line ends do not matter."""
    path = tmp_path / "x.toml"
    path.write_bytes(b'\xef\xbb\xbf[company]\r\nname = "A"\r\n')
    assert load(path, tmp_path, {}).company.name == "A"


def test_a_missing_file_is_a_fault(tmp_path: Path) -> None:
    """No file: said as any other fault."""
    with pytest.raises(BadConfig, match="cannot be read"):
        load(tmp_path / "none.toml", tmp_path, {})


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe"])
def test_a_secrets_file_that_cannot_be_used_is_a_fault(tmp_path: Path, content: bytes | None) -> None:
    """A file: value whose file is missing, empty or no text says so, once."""
    if content is not None:
        (tmp_path / "s").write_bytes(content)
    found = faults(tmp_path, '[[account]]\nid = "a"\nkind = "form"\nsecret = "file:s"\n')
    assert [(line, setting) for line, setting, _ in found] == [(4, 'account "a": secret')]


def test_sound_accounts_are_known_though_others_are_not(tmp_path: Path) -> None:
    """More can be said about an account when another table has faults."""
    text = '[company]\nregion = "XX"\n[[account]]\nid = "a"\n'
    text += '[[account]]\nid = "b"\nkind = "mango"\nvpbx_api_key = "k"\n'
    reading = read(written(tmp_path, text), tmp_path, {})
    assert reading.settings is None
    assert [(number, one.id) for number, one in reading.accounts] == [(1, "b")]
    assert reading.line("account", 1, "vpbx_api_key") == 8


def test_a_fault_is_told_without_the_value(tmp_path: Path) -> None:
    """A wrong address may hold a password: it is not repeated."""
    with pytest.raises(BadConfig) as caught:
        loaded(tmp_path, '[store]\nurl = "postgres://u:demo-word@db/x"\n[notify.telegram]\ntoken = 5\n')
    assert "demo-word" not in str(caught.value)
    assert len(caught.value.faults) == 2


def test_a_fault_reads_as_one_line() -> None:
    """File, line, setting, fault, mend."""
    fault = Fault(3, "company.region", "is missing", "write it")
    assert fault.told("a.toml") == "a.toml:3: company.region: is missing - write it"
