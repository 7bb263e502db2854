"""docs/scenarios.md says what is: its example plays, its lists and tables are complete."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from jetscale_tui.domain.kinds import CONFIG_MAP, DEPLOYMENT, NODE, Json
from jetscale_tui.sandbox.controllers.stamps import seconds_since
from jetscale_tui.sandbox.scenario import Scenario, load_scenario, shipped
from tests.sandbox.staged import staged

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text(encoding="utf-8")
SCHEMA = Scenario.model_json_schema()
IN_WORDS = ("cluster", "pools", "workload")
"""Fields whose default is too long for a cell and is described there."""


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table under a heading, without its head."""
    section = re.split(r"^##+ ", PAGE.partition(f"# {heading}\n")[2], maxsplit=1, flags=re.M)[0]
    table = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]


def defaults(model: Mapping[str, Any]) -> dict[str, str]:
    """Fields of a model with their defaults as the page writes them; empty for needed ones."""
    return {
        name: _written(field["default"])
        if "default" in field
        else ""
        if name in model["required"]
        else "?"
        for name, field in model["properties"].items()
    }


def _written(value: Any) -> str:
    return json.dumps(int(value) if isinstance(value, float) and value == int(value) else value)


@pytest.mark.parametrize(
    ("heading", "model"),
    [
        ("The file", SCHEMA),
        ("grants", SCHEMA["$defs"]["Grant"]),
        ("crowd", SCHEMA["$defs"]["Crowd"]),
        ("load", SCHEMA["$defs"]["Load"]),
        ("cluster", SCHEMA["$defs"]["Blueprint"]),
        ("pools", SCHEMA["$defs"]["PoolBlueprint"]),
        ("workload", SCHEMA["$defs"]["WorkloadBlueprint"]),
    ],
)
def test_every_field_is_described_with_its_default(heading: str, model: Json) -> None:
    described = {name: default for name, default, _ in rows(heading)}
    actual = defaults({"required": [], **model})
    assert list(described) == list(actual)
    for name, default in actual.items():
        if heading == "pools" or name not in IN_WORDS or name == "cluster" == heading:
            assert described[name] == default, name


def test_every_kind_of_happening_is_described_with_its_fields() -> None:
    kinds = {
        model["properties"]["do"]["const"]: defaults(model)
        for model in SCHEMA["$defs"].values()
        if "do" in model["properties"]
    }
    described = {do: fields for do, fields, _ in rows("happenings")}
    assert set(described) == set(kinds)
    for do, fields in kinds.items():
        own = {name: default for name, default in fields.items() if name not in ("do", "at")}
        listed = [f"{name}: {default}" if default else name for name, default in own.items()]
        assert described[do] == ", ".join(listed), do


def test_the_list_of_shipped_scenarios_is_the_one_there_is() -> None:
    there = [[name, load_scenario(name).title] for name in shipped()]
    assert rows("Those that come with JetScale") == there


def test_the_example_plays_as_it_says(tmp_path: Path) -> None:
    example = PAGE.partition("```yaml\n")[2].partition("```")[0]
    scenario = Scenario.model_validate(yaml.safe_load(example))
    with staged(scenario, tmp_path) as stage:
        store, clock = stage.sandbox.store, stage.sandbox.clock
        begin = clock.monotonic()

        def at(moment: float) -> None:
            stage.run(begin + moment - clock.monotonic())

        config = store.get(CONFIG_MAP, "default", "release-notes")
        assert config is not None
        assert seconds_since(config["metadata"]["creationTimestamp"], clock.now()) > 590
        assert stage.sandbox.google.monitoring_readable_by("user:reader@example.com")
        assert (stage.ready, stage.backlog) == (1, 0)
        at(119)
        assert stage.backlog > 50
        assert stage.ask() == 200
        at(121)
        assert stage.ask() == 0
        at(151)
        assert stage.ask() == 200
        at(181)
        deployment = store.get(DEPLOYMENT, "default", "maxengine-server")
        assert deployment is not None
        assert deployment["spec"]["replicas"] == 2
        assert "release-tool" in str(deployment["metadata"]["managedFields"])
        assert len(store.list(NODE)) == 2
        at(320)
        assert len(store.list(NODE)) == 3
        assert stage.ready == 1
        at(390)
        assert stage.ready == 2
