"""`jetscale forecast` as a person meets it."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from jetscale_tui.domain.kinds import HPA, POD, POD_MONITORING
from jetscale_tui.errors import ExitCode
from jetscale_tui.manifests import scrape
from jetscale_tui.setupfile.load import load_setup
from tests.waiting import eventually

if TYPE_CHECKING:
    from pathlib import Path

    from jetscale_tui.sandbox.environment import Sandbox
    from tests.cli.conftest import Shell

SLOTS = "prometheus.googleapis.com|jetstream_slots_used_percentage|gauge"


def hpa(target: str = "80") -> dict[str, Any]:
    """Made by hand: a percentage where a share is meant."""
    wanted = {"type": "AverageValue", "averageValue": target}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "by-hand", "namespace": "default"},
        "spec": {
            "scaleTargetRef": {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "name": "maxengine-server",
            },
            "minReplicas": 1,
            "maxReplicas": 2,
            "metrics": [{"type": "Pods", "pods": {"metric": {"name": SLOTS}, "target": wanted}}],
        },
    }


def offline(shell: Shell, *arguments: str) -> Any:
    """The forecast as JSON, without a cluster."""
    result = shell.run("forecast", "-f", shell.setup(), "--offline", "--json", *arguments)
    assert result.code == ExitCode.DONE, result.err
    return json.loads(result.out)


def test_a_report_says_what_happens_what_helps_and_what_it_rests_on(shell: Shell) -> None:
    result = shell.run("forecast", "-f", shell.setup(), "--offline", "--fits", "2", "--price", "2")
    assert result.code == ExitCode.DONE
    assert result.err == ""
    for line in (
        "A burst of 100 requests on HPA jetstream-hpa, 1 to 2 replicas",
        "  jetstream_prefill_backlog_size at 10 (Pods, AverageValue)",
        "· first new replica after 95 s",
        "! 36 of 100 requests wait longer than 30 s, the longest 70 s",
        "chips     2.8 chip-hours, 5.53 at 2 each",
        "  1  scaling.minReplicas: 1 → 2",
        "     + longest wait: 70 s → 27 s",
        "     - chip-hours: 2.8 → 4.0 (+45 %)",
        "  replicas that fit      2           given",
    ):
        assert line in result.out.splitlines()
    assert max(map(len, result.out.splitlines())) <= 110
    assert "Assumed, not measured: start-up of a replica, decode step, prefill." in result.out


def test_the_plot_needs_no_more_than_ascii(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JETSCALE_ASCII", "1")
    result = shell.run("forecast", "-f", shell.setup(), "--offline")
    assert result.out.isascii()
    assert "2 + .....+---" in result.out


def test_the_cluster_is_asked_where_it_answers(operator: Shell) -> None:
    result = operator.run("forecast", "-f", operator.setup(), "--json", "--no-advice")
    assert result.code == ExitCode.DONE
    answer = json.loads(result.out)
    sources = {each["fact"]: each["source"] for each in answer["restsOn"]}
    assert sources["start-up of a replica"] == "measured on 1 pod"
    assert sources["replicas that fit"] == "16 chips on 2 nodes"
    assert sources["slots of a replica"] == "from per_device_batch_size=4"
    assert answer["advice"] == []


def test_without_a_setup_the_cluster_is_looked_at(operator: Shell) -> None:
    result = operator.run("forecast", "--no-advice")
    assert result.code == ExitCode.DONE
    assert "16 chips on 2 nodes" in result.out


def test_a_cluster_that_does_not_answer_is_replaced_by_assumptions(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "a",
        "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
        "clusters": [{"name": "a", "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": "a", "user": {"token": "none"}}],
    }
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(nowhere))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    path = shell.file("apiVersion: jetscale/v1\nkind: Setup\n")
    result = shell.run("forecast", "-f", path, "--no-advice")
    assert result.code == ExitCode.DONE
    assert "! The cluster was not asked: " in result.err
    assert "first new replica after 95 s" in result.out


def test_an_hpa_of_the_cluster_is_forecast_and_advised_on(operator: Shell, quick: Sandbox) -> None:
    quick.store.create(hpa())
    try:
        arguments = ("forecast", "-f", operator.setup(), "--hpa", "by-hand", "--ramp", "0.5:2.5")
        result = operator.run(*arguments)
        assert "! no replica is added, although requests wait: the target is not met" in result.out
        assert "scaling.metrics[0].target: 80 → " in result.out
        missing = operator.run("forecast", "--hpa", "other")
        assert missing.code == ExitCode.FAILED
        assert "There: by-hand." in missing.err
    finally:
        quick.store.delete(HPA, "default", "by-hand")


def test_an_hpa_may_come_from_a_file(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "hpa.yaml"
    path.write_text(yaml.safe_dump(hpa()))
    answer = offline(shell, "--hpa", str(path), "--fits", "2", "--rate", "2")
    assert answer["hpa"] == "by-hand"
    assert answer["figures"]["added"] is None
    refused = shell.run("forecast", "-f", shell.setup(), "--offline", "--hpa", "by-hand")
    assert refused.code == ExitCode.USAGE
    assert "by-hand is no file" in refused.err
    missing = shell.run("forecast", "-f", shell.setup(), "--offline", "--hpa", "nowhere.yaml")
    assert missing.code == ExitCode.USAGE


@pytest.mark.parametrize(
    ("arguments", "title", "seconds"),
    [
        ((), "a burst of 100 requests", 900),
        (("--burst", "40", "--for", "10m"), "a burst of 40 requests", 600),
        (("--rate", "0.5"), "0.5 requests a second", 3600),
        (("--ramp", "0:2", "--for", "1800"), "0 to 2 requests a second", 1800),
        (("--day", "0.1:0.5", "--no-advice"), "a day between 0.1 and 0.5 requests a second", 86400),
    ],
)
def test_loads(shell: Shell, arguments: tuple[str, ...], title: str, seconds: int) -> None:
    assert offline(shell, *arguments)["load"] == {"title": title, "seconds": seconds}


def test_rates_come_from_a_file(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    path.write_text("0,0.5\n600,2\n")
    answer = offline(shell, "--rates", str(path), "--max-tokens", "100")
    assert answer["load"] == {"title": "the rates of rates.csv", "seconds": 1200}
    assert any("generate 100 tokens" in each for each in answer["unknown"])


def test_facts_may_be_given(shell: Shell) -> None:
    answer = offline(
        shell,
        *("--start-up", "2m", "--node-start-up", "5m", "--fits", "3", "--slots", "16"),
        *("--step", "0.05", "--prefill", "0.2"),
    )
    assert {each["source"] for each in answer["restsOn"]} == {"given"}
    assert answer["figures"]["added"] == 140
    assert not any("Assumed" in each for each in answer["unknown"])


def test_the_series_as_csv(shell: Shell, tmp_path: Path) -> None:
    target = tmp_path / "series.csv"
    result = shell.run("forecast", "-f", shell.setup(), "--offline", "--csv", "-o", str(target))
    assert result.out == ""
    assert result.err == f"Wrote {target}.\n"
    rows = list(csv.DictReader(io.StringIO(target.read_text())))
    assert rows[0]["backlog"] == "100"
    assert rows[-1]["at"] == "900"
    again = shell.run("forecast", "-f", shell.setup(), "--offline", "--csv", "-o", str(target))
    assert again.code == ExitCode.USAGE
    assert "exists already" in again.err
    arguments = ("--csv", "-o", str(target), "--force")
    assert shell.run("forecast", "-f", shell.setup(), "--offline", *arguments).code == ExitCode.DONE


def test_the_plots_as_svg(shell: Shell) -> None:
    result = shell.run("forecast", "-f", shell.setup(), "--offline", "--svg")
    picture = ET.fromstring(result.out)
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    lines = [each for each in picture.iter() if each.tag.endswith("path")]
    assert [each.get("class") for each in lines] == ["desired", "ready", "backlog"]
    assert "first new replica after 95 s" in "".join(picture.itertext())


def test_an_advice_is_applied_to_the_setup(shell: Shell, tmp_path: Path) -> None:
    target = tmp_path / "better.yaml"
    arguments = ("-f", shell.setup(), "--offline", "--fits", "2")
    result = shell.run("forecast", *arguments, "--apply-advice", "1", "-o", str(target))
    assert result.code == ExitCode.DONE
    better = load_setup(target)
    assert better.scaling.min_replicas == 2
    printed = shell.run("forecast", *arguments, "--apply-advice", "1")
    assert printed.out == target.read_text()
    beyond = shell.run("forecast", *arguments, "--apply-advice", "99")
    assert beyond.code == ExitCode.USAGE
    assert "There is no advice 99." in beyond.err


def test_a_load_that_nothing_helps_gets_no_advice(shell: Shell) -> None:
    result = shell.run("forecast", "-f", shell.setup(), "--offline", "--fits", "2", "--burst", "1")
    assert result.code == ExitCode.DONE
    assert "No advice: none of " in result.out


def test_what_goes_wrong_is_in_the_figures(shell: Shell) -> None:
    path = shell.setup(scaling={"maxReplicas": 3})
    result = shell.run("forecast", "-f", path, "--offline", "--fits", "3", "--ramp", "2:4.5")
    for text in (" get no answer\n", ", not gone at the end\n", "soon after the opposite"):
        assert text in result.out.replace("\n          ", " ")


def test_a_long_search_says_that_it_goes_on(shell: Shell) -> None:
    arguments = ("--offline", "--rate", "0.1", "--for", "7h")
    result = shell.run("forecast", "-f", shell.setup(), *arguments)
    assert result.err == "Simulating other settings under the same load …\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--burst", "1", "--rate", "2"), "--burst and --rate are two loads."),
        (("--rates", "x.csv", "--for", "1h"), "--for does not go with --rates"),
        (("--for", "soon"), "is no duration"),
        (("--for", "0"), "is no duration"),
        (("--ramp", "1"), "is not two rates"),
        (("--ramp", "1:-2"), "rates are zero or more"),
        (("--apply-advice", "1", "--json"), "--apply-advice prints a setup."),
        (("--force",), "-o FILE says which"),
        (("--offline", "--history", "1h"), "does not go with --offline"),
        (("--rates", "nowhere.csv", "--offline"), "nowhere.csv does not exist"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    shell: Shell, arguments: tuple[str, ...], said: str
) -> None:
    result = shell.run("forecast", "-f", shell.setup(), *arguments)
    assert result.code == ExitCode.USAGE
    assert said in result.err


def test_without_cluster_and_setup_there_is_nothing_to_forecast(shell: Shell) -> None:
    result = shell.run("forecast", "--offline")
    assert result.code == ExitCode.USAGE
    assert "Give a setup: -f." in result.err


def test_the_past_is_played_again(operator: Shell, quick: Sandbox) -> None:
    """The queue of a real burst, as Cloud Monitoring has it, is about that burst again."""
    setup = load_setup(_path(operator))
    quick.store.create(scrape.server(setup) | {"metadata": {"name": "s", "namespace": "default"}})
    try:
        (pod,) = list(quick.store.list(POD, "default"))
        for _ in range(100):
            model = quick.world.jetstream.model(pod)
            assert model is not None
            model.submit(quick.clock.monotonic(), max_tokens=200)
        answered: list[Any] = []

        def played() -> bool:
            result = operator.run(
                "forecast", "-f", str(_path(operator)), "--history", "10m", "--json", "--no-advice"
            )
            if result.code == ExitCode.DONE:
                answered[:] = [json.loads(result.out)]
                return bool(60 <= answered[0]["figures"]["requests"] <= 160)
            assert "Cloud Monitoring has no values" in result.err
            return False

        eventually(played)
        assert answered[0]["load"] == {"title": "the last 10 min again", "seconds": 600}
    finally:
        quick.store.delete(POD_MONITORING, "default", "s")


def test_the_past_needs_a_project(operator: Shell) -> None:
    path = operator.file("apiVersion: jetscale/v1\nkind: Setup\n")
    result = operator.run("forecast", "-f", path, "--history", "1h", "--context", "sandbox")
    assert result.code == ExitCode.USAGE
    assert "The history cannot be read." in result.err


def _path(shell: Shell) -> Path:
    shell.setup()
    return shell.directory / "setup.yaml"
