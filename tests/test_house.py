"""The house itself: what every module promises, what a stranger finds, which rows of the fault matrix stand here."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from channels.catalogue import CHANNELS
from config.settings import AccountSettings, Settings, Table

ROOT = Path(__file__).parent.parent
ROOMS = ("intake", "channels", "dedup", "crm", "notify", "dashboard", "workers", "config")
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
every_module = pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))

LONG = 300
LONGEST = 500
LONG_ONES = 20
"""Files above 300 lines are to be few, and none far above."""

ROWS = (
    *range(1, 7),
    9,
    10,
    11,
    13,
    15,
    16,
    17,
    18,
    22,
    24,
    26,
    27,
    28,
    *range(29, 37),
    38,
    41,
    43,
    44,
    45,
    48,
    49,
    50,
    51,
    52,
    54,
    55,
    56,
    59,
    60,
    61,
    62,
    66,
    67,
    68,
)
"""The rows of the fault matrix that hold for what exists."""
FOREIGN = re.compile(
    r"pypi\.(?:org|python)|pythonhosted|npmjs|(?<![\w./-])/(?:root|home/\w+|work/main|work/shared|opt/pypi)/",
    re.I,
)


def tracked() -> Iterator[Path]:
    """The files of the repository; without git, those of the rooms."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    names = listed.stdout.decode().split("\0") if listed.returncode == 0 else []
    yield from [ROOT / name for name in names if name] or MODULES


def imports(module: Path) -> Iterator[str]:
    """The names of the modules that it imports, wherever in it."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@every_module
def test_a_module_says_in_one_line_what_lives_in_it(module: Path) -> None:
    """The first line of each module is a docstring; an empty file says nothing because it holds nothing."""
    text = module.read_text(encoding="utf-8").lstrip()
    assert not text or text.startswith('"""') or "migrations/versions" in str(module)


@every_module
def test_a_module_hides_no_import_circle(module: Path) -> None:
    """No imports for type checkers alone: the floors are kept by the arrows everybody sees."""
    assert "TYPE_CHECKING" not in module.read_text(encoding="utf-8")


def test_files_are_short() -> None:
    """A module fits a head: few are above 300 lines, and none is far above."""
    lengths = {str(path.relative_to(ROOT)): len(path.read_bytes().splitlines()) for path in MODULES}
    long = {name: lines for name, lines in lengths.items() if lines > LONG}
    assert max(long.values(), default=0) <= LONGEST, long
    assert len(long) <= LONG_ONES, long


def test_no_room_for_what_has_no_room() -> None:
    """A file is named for what lives in it."""
    rummage = {"utils", "util", "helpers", "helper", "misc", "common", "tools"}
    assert not [str(path) for path in MODULES if path.stem in rummage or path.parent.name in rummage]


def test_one_way_in_knows_nothing_of_another() -> None:
    """What kinds share lies beside them; a kind's own folder or file is closed to the others, and none knows the
    lists of them."""
    homes = {
        path.name.removesuffix(".py"): path for path in (ROOT / "channels").iterdir() if path.name[0] != "_"
    }
    lists = {"catalogue", "streams", "probes", "backfills", "ways"}
    family = {("custom", "forms")}  # a custom kind is a form whose names its operator gives

    def holds_kinds(home: Path) -> bool:
        files = [home] if home.is_file() else sorted(home.rglob("*.py"))
        return any(re.search(r"^CHANNEL\b", file.read_text(encoding="utf-8"), re.M) for file in files)

    closed = {name for name, home in homes.items() if holds_kinds(home)} | lists
    arrows = [
        f"{path.relative_to(ROOT)} -> {name}"
        for home, place in homes.items()
        if home not in lists
        for path in ([place] if place.is_file() else sorted(place.rglob("*.py")))
        for name in imports(path)
        if name.startswith("channels.")
        and (other := name.split(".")[1]) in closed
        and other != home
        and (home, other) not in family
    ]
    assert not arrows


def test_one_module_puts_jobs_on_the_queue() -> None:
    """Ids go on the queue in intake/store/queue.py and nowhere else."""
    calls = [
        str(path.relative_to(ROOT))
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("enqueue", "enqueue_call", "enqueue_many")
    ]
    assert set(calls) == {"intake/store/queue.py"}


def test_nothing_of_a_builders_machine_is_in_the_tree() -> None:
    """No registry's address, no path of somebody's machine: a checkout works anywhere."""
    found = []
    for path in tracked():
        if path == Path(__file__) or not path.is_file():
            continue
        text = path.read_bytes()[:2_000_000].decode("utf-8", "replace")
        found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in FOREIGN.finditer(text)]
    assert not found


def test_every_kind_is_told_of_in_the_docs() -> None:
    """Each kind is named on a page of docs/channels, in both languages."""
    for pattern in ("*[!u].md", "*.ru.md"):
        told = "\n".join(
            path.read_text(encoding="utf-8")
            for path in (ROOT / "docs" / "channels").glob("*.md")
            if path.name.endswith(".ru.md") == (pattern == "*.ru.md")
        )
        assert not [
            one.kind for one in CHANNELS if f"`{one.kind}`" not in told and f'"{one.kind}"' not in told
        ]


def test_every_decision_is_numbered_and_says_why() -> None:
    """Records of decisions are numbered without gaps; each has what, and why."""
    records = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    numbers = [int(path.name[:4]) for path in records]
    assert numbers == list(range(1, len(records) + 1))
    for path in records:
        text = path.read_text(encoding="utf-8")
        assert "**Decision.**" in text, path.name
        assert "**Why.**" in text, path.name


def test_links_between_the_pages_lead_somewhere() -> None:
    """A link of a page that stays in the checkout names a file that is there."""
    broken = []
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
            if "://" not in link and not link.startswith("mailto:") and not (page.parent / link).exists():
                broken.append(f"{page.relative_to(ROOT)}: {link}")
    assert not broken


def test_the_modules_that_pages_name_are_there() -> None:
    """A page that leads to a module leads to one that exists; <kind> and <name> stand for what is to be added."""
    rooms = "|".join((*ROOMS, "tests"))
    gone = {
        f"{page.relative_to(ROOT)}: {name}"
        for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
        for name in re.findall(rf"`((?:{rooms})/[\w/]+\.py)`", page.read_text(encoding="utf-8"))
        if not (ROOT / name).exists()
    }
    assert not gone


def settings_of(table: type[Table], path: str = "") -> Iterator[str]:
    """The names of all settings, as the file has them: `company.region`, `account.kind`."""
    for name, field in table.model_fields.items():
        key = f"{path}.{field.alias or name}".lstrip(".")
        inner = [one for one in (field.annotation, *_arguments(field.annotation)) if _is_table(one)]
        if inner:
            yield from settings_of(inner[0], key)
        else:
            yield key


def _arguments(annotation: object) -> tuple[object, ...]:
    return getattr(annotation, "__args__", ())


def _is_table(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Table)


@pytest.mark.parametrize("page", ["configuration.md", "configuration.ru.md"])
def test_every_setting_is_told_of(page: str) -> None:
    """docs/configuration has a row for each setting of each table, with its default."""
    rows: dict[str, str] = {}
    section = ""
    for line in (ROOT / "docs" / page).read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line.strip("# `[]")
        elif match := re.match(r"\| `([\w.]+)` \|([^|]*)\|", line):
            rows[f"{section}.{match[1]}"] = match[2].strip()
    wanted = set(settings_of(Settings))
    assert wanted <= rows.keys(), wanted - rows.keys()
    assert {key for key in rows if not key.startswith("account.")} <= wanted
    shown = {key: rows[key] for key in wanted}
    for key, default in plain_defaults(Settings):
        assert f"`{default}`" in shown[key], f"{key} = {default}, told: {shown[key]}"
    assert AccountSettings.model_config["extra"] == "allow"


def plain_defaults(table: type[Table], path: str = "") -> Iterator[tuple[str, str]]:
    """The numbers and words that hold when a setting is left out."""
    for name, field in table.model_fields.items():
        key = f"{path}.{field.alias or name}".lstrip(".")
        inner = [one for one in (field.annotation, *_arguments(field.annotation)) if _is_table(one)]
        if inner:
            yield from plain_defaults(inner[0], key)
        elif isinstance(field.default, bool):
            yield key, str(field.default).lower()
        elif isinstance(field.default, int | float):
            yield key, f"{field.default:g}"
        elif isinstance(field.default, str) and field.default:
            yield key, field.default


def test_the_rows_of_the_fault_matrix_stand_in_the_suite() -> None:
    """Each row that holds for what exists is named by number in some test's name."""
    found: set[int] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for name in re.findall(r"def (test_f\d\d\w*)", path.read_text(encoding="utf-8")):
            found |= {int(row) for row in re.findall(r"_f(\d\d)(?=_)", name)}
    missing = [row for row in ROWS if row not in found]
    assert not missing, "F" + ", F".join(f"{row:02}" for row in missing)


def test_f61_nothing_here_opens_an_address_that_came_from_outside() -> None:
    """HTTP clients live where an address is configured by the operator. What came from outside - a file's, a
    recording's, an avatar's address - is opened by the guard alone."""
    clients = re.compile(r"ClientSession\(|urlopen\(|httpx\.|requests\.(?:get|post)")
    places = {
        str(path.relative_to(ROOT)) for path in MODULES if clients.search(path.read_text(encoding="utf-8"))
    }
    known = {
        "workers/sources.py",
        "workers/simulation.py",
        "workers/welcome.py",
        "channels/email/oauth.py",
        "channels/telegram/listener.py",  # the Bot API's address, the operator's own
        "channels/calling.py",  # likewise: every provider's API
        "channels/guard.py",
        "notify/calling.py",  # the messengers of managers, the operator's own
    }
    assert places <= known
