"""The starter configuration: it works as it is written."""

import stat
from pathlib import Path
from typing import get_args

import pytest

from config.reading import load
from config.starter import Language, system_language, write_starter


@pytest.mark.parametrize("language", get_args(Language))
def test_the_starter_is_a_sound_configuration(tmp_path: Path, language: Language) -> None:
    """It has a public form and one manager, and needs nothing from the environment."""
    path = tmp_path / "data" / "lead-intake.toml"
    write_starter(path, language)
    settings = load(path, tmp_path, {})
    assert [(one.id, one.kind, one.secret.get_secret_value()) for one in settings.accounts] == [
        ("site", "form", "")
    ]
    assert len(settings.managers) == 1
    assert settings.company.language == language


@pytest.mark.parametrize("language", get_args(Language))
def test_what_the_starter_only_hints_at_is_sound_too(tmp_path: Path, language: Language) -> None:
    """Each commented-out setting can be uncommented as it stands."""
    path = tmp_path / "lead-intake.toml"
    write_starter(path, language)
    lines = path.read_text(encoding="utf-8").splitlines()
    settings_lines = [line.removeprefix("# ") if _is_setting(line) else line for line in lines]
    path.write_text("\n".join(settings_lines), encoding="utf-8")
    environ = dict.fromkeys(("SALES_MAIL_PASSWORD", "MANAGER_BOT_TOKEN", "SMTP_PASSWORD"), "demo-secret")
    settings = load(path, tmp_path, environ)
    assert [one.id for one in settings.accounts] == ["site", "sales-mail"]
    assert settings.notify.email is not None
    assert settings.company.public_url


def _is_setting(line: str) -> bool:
    text = line.removeprefix("# ")
    return line.startswith("# ") and (text.startswith("[") or text.split(" ")[1:2] == ["="])


def test_a_configuration_that_is_there_is_left_alone(tmp_path: Path) -> None:
    """Nothing is written over; a new one is for its owner's eyes."""
    path = tmp_path / "x.toml"
    write_starter(path, "en")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        write_starter(path, "ru")


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "ru"),
        ({"LANG": "C.UTF-8"}, "ru"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "ru_RU.UTF-8"}, "ru"),
        ({"LANG": "ru_RU.UTF-8", "LC_MESSAGES": "en_GB"}, "en"),
    ],
)
def test_the_language_is_the_systems(environ: dict[str, str], language: str) -> None:
    """English where the system says English, Russian otherwise."""
    assert system_language(environ) == language
