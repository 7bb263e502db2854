from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Shell


@pytest.fixture
def applied(operator: Shell) -> Iterator[str]:
    """The setup carried out; taken back afterwards."""
    path = operator.setup()
    result = operator.run("apply", "--yes", "-f", path)
    assert result.code == ExitCode.DONE, result.err
    yield path
    operator.run("undo", "--yes")


class TestCheck:
    def test_it_needs_no_file(self, operator: Shell) -> None:
        result = operator.run("check")
        assert result.code == ExitCode.DONE, result.out
        assert "✓ Server" in result.out
        assert "12 fine, 0 to look at, 0 missing, 0 not reached" in result.err

    def test_what_is_missing_fails_it_and_says_what_to_do(self, operator: Shell) -> None:
        path = operator.setup(workload={"deployment": "typo"})
        result = operator.run("check", "-f", path)
        assert result.code == ExitCode.FAILED
        assert "✗ Server" in result.out
        assert "There is default/maxengine-server: name it in the setup." in result.out

    def test_findings_can_be_had_as_json(self, operator: Shell) -> None:
        document = json.loads(operator.run("check", "--json").out)
        assert document["kind"] == "Check"
        assert set(document["findings"][0]) == {
            "id",
            "title",
            "state",
            "detail",
            "why",
            "fix",
            "command",
        }

    def test_without_a_cluster_it_says_what_was_not_reached(self, shell: Shell) -> None:
        result = shell.run("check")
        assert result.code == ExitCode.USAGE
        assert "kubeconfig" in result.err


class TestPlan:
    def test_it_prints_the_plan_and_changes_nothing(self, operator: Shell) -> None:
        path = operator.setup()
        result = operator.run("plan", "-f", path)
        assert result.code == ExitCode.DONE
        assert "17 changes · 3 things already right · nothing is deleted" in result.out
        assert operator.run("plan", "-f", path).out == result.out

    def test_detailed_exitcode_tells_changes_from_none(self, operator: Shell) -> None:
        path = operator.setup()
        assert operator.run("plan", "--detailed-exitcode", "-f", path).code == ExitCode.CHANGES

    def test_json_is_one_document_on_stdout(self, operator: Shell) -> None:
        result = operator.run("plan", "--json", "-f", operator.setup())
        document = json.loads(result.out)
        assert (document["kind"], document["changes"]) == ("Plan", 17)

    def test_a_missing_deployment_is_said(self, operator: Shell) -> None:
        path = operator.setup(workload={"deployment": "typo"})
        result = operator.run("plan", "-f", path)
        assert result.code == ExitCode.FAILED
        assert "✗ There is no Deployment default/typo in this cluster." in result.out

    def test_google_steps_are_handed_over_without_a_project(self, operator: Shell) -> None:
        result = operator.run("plan", "-f", operator.setup(google={"project": None}))
        assert "Adapter identity  (handed over)" in result.out
        assert "gcloud projects add-iam-policy-binding" in result.out

    def test_the_project_of_the_command_line_wins(self, operator: Shell) -> None:
        path = operator.setup(google={"project": None})
        result = operator.run("plan", "-f", path, "--project", "sandbox-project")
        assert "+ roles/monitoring.viewer in sandbox-project" in result.out

    @pytest.mark.parametrize("text", ["nonsense", "Pod/only-two", "Namespace/a/b", "Nope/a/b"])
    def test_what_is_to_be_taken_over_has_to_name_an_object(
        self, operator: Shell, text: str
    ) -> None:
        result = operator.run("plan", "-f", operator.setup(), "--take-over", text)
        assert result.code == ExitCode.USAGE
        assert text in result.err

    def test_objects_with_and_without_namespace_can_be_taken_over(self, operator: Shell) -> None:
        result = operator.run(
            "plan",
            "-f",
            operator.setup(),
            "--take-over",
            "APIService/v1beta1.external.metrics.k8s.io",
            "--take-over",
            "HorizontalPodAutoscaler/default/jetstream-hpa",
        )
        assert result.code == ExitCode.DONE


class TestApply:
    def test_each_step_is_told_as_it_is_done(self, operator: Shell) -> None:
        path = operator.setup()
        result = operator.run("apply", "--yes", "-f", path)
        assert result.code == ExitCode.DONE
        assert result.out == ""
        assert "· created HorizontalPodAutoscaler default/jetstream-hpa" in result.err
        assert "✓ Autoscaler" in result.err
        assert "jetscale undo" in result.err.splitlines()[-1]
        again = operator.run("plan", "--detailed-exitcode", "-f", path)
        assert again.code == ExitCode.DONE
        assert operator.run("undo", "--yes").code == ExitCode.DONE

    def test_nothing_to_change_needs_no_yes(self, operator: Shell, applied: str) -> None:
        result = operator.run("apply", "-f", applied)
        assert result.code == ExitCode.DONE
        assert "✓ Autoscaler" in result.err

    def test_without_a_terminal_it_refuses_and_names_the_flag(self, operator: Shell) -> None:
        path = operator.setup()
        result = operator.run("apply", "-f", path)
        assert result.code == ExitCode.USAGE
        assert f"jetscale apply -f {path} --yes" in result.err
        assert "No runs yet." in operator.run("runs").err

    def test_json_is_the_plan_and_then_events_one_a_line(self, operator: Shell) -> None:
        result = operator.run("apply", "--yes", "--json", "-f", operator.setup())
        lines = [json.loads(line) for line in result.out.splitlines()]
        assert lines[0]["kind"] == "Plan"
        *events, run = lines[1:]
        assert {event["kind"] for event in events} == {"StepEvent"}
        assert set(events[-1]) == {"apiVersion", "kind", "step", "state", "detail", "elapsed"}
        assert (events[-1]["step"], events[-1]["state"]) == ("hpa", "done")
        assert (run["kind"], run["state"]) == ("Run", "done")
        assert run["id"] in operator.run("runs").out
        undone = operator.run("undo", "--yes", "--json")
        assert json.loads(undone.out.splitlines()[0])["undoOf"]

    def test_a_plan_that_cannot_run_changes_nothing(self, operator: Shell) -> None:
        path = operator.setup(workload={"deployment": "typo"})
        result = operator.run("apply", "--yes", "-f", path)
        assert result.code == ExitCode.FAILED
        assert "nothing was changed" in result.err
        assert "No runs yet." in operator.run("runs").err

    def test_a_failure_says_how_to_go_on_and_how_to_go_back(self, operator: Shell) -> None:
        slots = {"name": "memory_used", "target": "1Gi"}
        tpu = {"server": {"enabled": True}, "tpu": {"enabled": True, "port": 2113}}
        path = operator.setup(scaling={"metrics": [slots]}, scrape=tpu)
        result = operator.run("apply", "--yes", "-f", path)
        assert result.code == ExitCode.FAILED
        assert f"Go on: jetscale apply -f {path}" in result.err
        (run,) = json.loads(operator.run("runs", "--json").out)
        assert run["state"] == "failed"
        assert f"Take back what was done: jetscale undo {run['id']}" in result.err
        assert operator.run("undo", run["id"], "--yes").code == ExitCode.DONE
        assert json.loads(operator.run("runs", "--json").out)[0]["undone"]


class TestUndoAndRuns:
    def test_runs_are_listed_with_their_result(self, operator: Shell) -> None:
        path = operator.setup()
        operator.run("apply", "--yes", "-f", path)
        lines = operator.run("runs").out.splitlines()
        assert lines[0].split() == ["RUN", "BEGAN", "SETUP", "RESULT", "WRITES", "CONTEXT"]
        assert lines[1].split()[3:] == ["jetstream", "done", "17", "sandbox"]
        operator.run("undo", "--yes")
        lines = operator.run("runs").out.splitlines()
        assert "undone" in lines[1]
        assert "done undoing" in lines[2]

    def test_there_has_to_be_something_to_take_back(self, operator: Shell) -> None:
        result = operator.run("undo")
        assert result.code == ExitCode.FAILED
        assert "There is no run to take back." in result.err
        assert "There is no run nope." in operator.run("undo", "nope").err

    def test_undo_asks_too(self, operator: Shell, applied: str) -> None:
        result = operator.run("undo")
        assert result.code == ExitCode.USAGE
        assert "--yes" in result.err
