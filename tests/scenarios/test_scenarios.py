"""Each file beside this one is a scenario: given, when, then - played through the real door, worker, relay and bot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.looks import check
from tests.scenarios.reading import Scenario, Unplayable, read_scenario
from tests.scenarios.stage import Stage, set_up
from tests.scenarios.steps import STEPS

ROOT = Path(__file__).parent.parent.parent
FILES = sorted((Path(__file__).parent / "files").glob("*.yaml"))


PAGES = {name: ROOT / "docs" / name for name in ("scenarios.md", "scenarios.ru.md")}
EXAMPLES = {
    name: page.read_text(encoding="utf-8").split("```")[1].removeprefix("yaml")
    for name, page in PAGES.items()
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_scenario(path: Path, tmp_path: Path) -> None:
    """What is said under `then` is so; a check may stand between the steps too; the balance closes in the end."""
    await play(read_scenario(path), tmp_path)


@pytest.mark.parametrize("page", EXAMPLES)
async def test_the_example_of_the_page_plays(page: str, tmp_path: Path) -> None:
    """The story that shows how to write one is a true one."""
    path = tmp_path / "example.yaml"
    path.write_text(EXAMPLES[page], encoding="utf-8")
    await play(read_scenario(path), tmp_path)


@pytest.mark.parametrize(
    ("then", "shows"),
    [
        ("inquiries: [rejected]", "+- created"),
        ("deals: 2", "+deals: '1'"),
        ("deals: [{owner: boris}]", "+- owner: anna"),
        ("messages: {boris: [Ivan]}", "+  boris: []"),
        ("messages: {anna: [{has: Ivan, lacks: Ivan}]}", "+  - text:"),
        ("deals: [{colour: red}]", "here can be asked for"),
        ("weather: fine", "nobody looks at 'weather'"),
    ],
)
async def test_what_is_not_so_is_told(then: str, shows: str, tmp_path: Path) -> None:
    """A story that is not true fails, and the difference says in what."""
    path = tmp_path / "story.yaml"
    path.write_text(
        f"when:\n  - form: {{name: Ivan, phone: 8 916 207-31-55}}\nthen:\n  {then}\n", encoding="utf-8"
    )
    with pytest.raises(AssertionError) as told:
        await play(read_scenario(path), tmp_path)
    assert shows in str(told.value)


@pytest.mark.parametrize(
    "text",
    ["when: [jump]\nthen: {}", "when: []", "when: []\nthen: {}\nmoral: none", "when: {form: {}}\nthen: {}"],
)
def test_a_file_that_nobody_understands_is_refused(text: str, tmp_path: Path) -> None:
    """With what it should look like."""
    path = tmp_path / "story.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Unplayable):
        read_scenario(path)


async def play(scenario: Scenario, folder: Path) -> None:
    """Play it on a stage of its own."""
    async with set_up(scenario.given, folder) as stage:
        for number, (name, told) in enumerate(scenario.when, 1):
            try:
                await step(stage, name, told)
            except AssertionError as error:
                raise AssertionError(f"{scenario.title}, step {number} ({name}): {error}") from error
        try:
            check(stage, scenario.then)
        except AssertionError as error:
            raise AssertionError(f"{scenario.title}: {error}") from error
        assert stage.reader.balance(None)["difference"] == 0


async def step(stage: Stage, name: str, told: Any) -> None:
    """One thing happens, and all that follows from it."""
    if name == "then":
        check(stage, told)
        return
    if name not in STEPS:
        raise Unplayable(f"no such step: {name}; there is {', '.join(STEPS)}")
    await STEPS[name](stage, told)
    await stage.settle()
    stage.clock.advance(1)  # nothing people do takes no time
