"""`jetscale watch` and `jetscale burst`, as a shell sees them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.cli.main import main
from jetscale_tui.cli.watch_rows import JsonRows, TableRows
from jetscale_tui.clocks import WallClock
from jetscale_tui.cluster import connect
from jetscale_tui.domain.kinds import HPA, Ref
from jetscale_tui.domain.kubectl import HPA_COLUMNS
from jetscale_tui.domain.live import Changed, ChangeType, Listed
from jetscale_tui.errors import ExitCode
from tests.cluster.scripted import hpa, kubeconfig
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jetscale_tui.sandbox.environment import Sandbox

NOW = WallClock().now()


@pytest.fixture
def autoscaler(sandbox: Sandbox) -> Iterator[str]:
    """An autoscaler of the sandbox's server."""
    cluster = connect.connect(sandbox.kubeconfig)
    manifest = hpa("web", 0)
    del manifest["metadata"]["resourceVersion"], manifest["status"]
    manifest["spec"] = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "nosuch"},
        "maxReplicas": 2,
    }
    cluster.apply(manifest)
    yield "web"
    cluster.delete(Ref.of(manifest))


def run(sandbox: Sandbox, *arguments: str) -> int:
    return main([*arguments, "--kubeconfig", str(sandbox.kubeconfig)])


def first_lines(sandbox: Sandbox, count: int, *arguments: str) -> list[str]:
    """What a command prints first; it is interrupted then, and must say so."""
    command = [sys.executable, "-m", "jetscale_tui", *arguments]
    with subprocess.Popen(
        [*command, "--kubeconfig", str(sandbox.kubeconfig)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().rstrip("\n") for _ in range(count)]
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == ExitCode.INTERRUPTED
    return lines


def test_rows_are_printed_as_they_come_until_interrupted(sandbox: Sandbox, autoscaler: str) -> None:
    header, row = first_lines(sandbox, 2, "watch", "-A")
    assert header.split() == ["NAMESPACE", *HPA_COLUMNS]
    assert row.split()[:3] == ["default", autoscaler, "Deployment/nosuch"]


def test_json_is_one_object_a_change(sandbox: Sandbox, autoscaler: str) -> None:
    (line,) = first_lines(sandbox, 1, "watch", autoscaler, "--json")
    change = json.loads(line)
    assert change["type"] == "ADDED"
    assert change["object"]["kind"] == "HorizontalPodAutoscaler"
    assert "managedFields" not in change["object"]["metadata"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("watch", "nosuch"), ExitCode.FAILED, "There is no HorizontalPodAutoscaler nosuch"),
        (("watch", "--context", "nosuch"), ExitCode.USAGE, "There is no context nosuch"),
        (("watch", "--context", "sandbox-viewer"), ExitCode.FAILED, "may not list"),
        (("watch", "web", "-A"), ExitCode.USAGE, "--all-namespaces goes with neither"),
        (("burst", "--requests", "0"), ExitCode.USAGE, "must be between 1 and"),
        (("burst", "--context", "sandbox-viewer"), ExitCode.FAILED, "the right to create"),
    ],
)
def test_what_cannot_be_is_said_in_words(
    sandbox: Sandbox,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    code: ExitCode,
    words: str,
) -> None:
    assert run(sandbox, *arguments) == code
    output = capsys.readouterr()
    assert words in output.err
    assert output.out == ""


def test_an_unreachable_cluster_ends_a_watch_with_its_own_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = kubeconfig(tmp_path, "https://127.0.0.1:1")
    assert main(["watch", "--kubeconfig", str(path)]) == ExitCode.UNREACHABLE
    assert "https://127.0.0.1:1 refuses connections" in capsys.readouterr().err


def test_a_burst_says_how_it_went(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("burst", "--requests", "3", "--max-tokens", "2", "--json")
    assert run(sandbox, *arguments) == ExitCode.DONE
    output = capsys.readouterr()
    result = json.loads(output.out)
    assert (result["planned"], result["answered"], result["failed"]) == (3, 3, 0)
    assert result["latency"]["longest"] > 0
    assert [pod["sent"] for pod in result["pods"]] == [3]
    assert "Sending 3 requests to Deployment default/maxengine-server" in output.err


def test_a_burst_on_an_unnamed_server_of_a_real_cluster_asks_first(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "kubeconfig"
    content = sandbox.kubeconfig.read_text().replace("jetscale.dev/sandbox", "example.com/other")
    path.write_text(content)
    assert main(["burst", "--kubeconfig", str(path)]) == ExitCode.USAGE
    assert "No setup document names Deployment default/maxengine-server" in capsys.readouterr().err
    assert (
        main(["burst", "--kubeconfig", str(path), "--yes", "--requests", "1", "--max-tokens", "1"])
        == ExitCode.DONE
    )
    assert "answered  1 of 1" in capsys.readouterr().out


def test_after_a_lost_connection_a_list_repeats_nothing() -> None:
    for rows in (TableRows(with_namespace=False), JsonRows()):
        assert len(rows.lines(Listed(HPA, (hpa("a", 1), hpa("b", 1))), NOW)) >= 2
        changed = Changed(HPA, ChangeType.MODIFIED, hpa("a", 2))
        assert len(rows.lines(changed, NOW)) == 1
        assert rows.lines(Listed(HPA, (hpa("a", 2), hpa("b", 1))), NOW) == []
        assert len(rows.lines(Listed(HPA, (hpa("a", 3), hpa("b", 1), hpa("c", 3))), NOW)) == 2
        gone = Changed(HPA, ChangeType.DELETED, hpa("b", 4))
        assert len(rows.lines(gone, NOW)) == 1
        assert len(rows.lines(Listed(HPA, (hpa("b", 5),)), NOW)) == 1
