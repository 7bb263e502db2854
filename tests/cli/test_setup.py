"""`jetscale setup --prompts`: the wizard's questions as plain lines, against the sandbox."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from jetscale_tui.domain.kinds import API_SERVICE, DEPLOYMENT, Ref
from jetscale_tui.errors import ExitCode
from jetscale_tui.wizard.drafts import load_draft
from jetscale_tui.wizard.topics import Topic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.sandbox.environment import Sandbox
    from tests.cli.conftest import Result, Shell


class Person:
    """Answers questions by lines of stdin; the last line is followed by the end of it."""

    def __init__(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        self._shell = shell
        self._monkeypatch = monkeypatch

    def file(self, text: str) -> str:
        """Path of a setup document that says this, and nothing else."""
        return self._shell.file(f"apiVersion: jetscale/v1\nkind: Setup\n{text}")

    def says(self, *lines: str, flags: tuple[str, ...] = ()) -> Result:
        """Runs the prompts with these lines typed."""
        typed = "".join(f"{line}\n" for line in lines)
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        return self._shell.run("setup", "--prompts", *flags)


@pytest.fixture
def person(operator: Shell, monkeypatch: pytest.MonkeyPatch) -> Person:
    return Person(operator, monkeypatch)


TO_METRICS = ("", "", "", "")
"""Cluster, server, adapter, identity."""
TO_THE_PLAN = (*TO_METRICS, "", "", "", "", "")
"""And metrics, target, minimum, maximum, behavior."""


def document(result: Result) -> dict[str, dict[str, object]]:
    assert result.code == ExitCode.DONE, result.err
    loaded: dict[str, dict[str, object]] = yaml.safe_load(result.out)
    return loaded


def test_every_question_has_its_facts_above_it_and_its_default_in_brackets(person: Person) -> None:
    said = person.says(*TO_THE_PLAN, "n").err
    for fact, question in (
        ("ok: Kubernetes API: ", "Which cluster runs the server?"),
        ("ok: TPU chips: 16 / 8 a replica: 2 fit now", "Which cluster runs the server?"),
        ("ok: Metrics port: 9100 answers", "Which server should scale?"),
        ("The metrics APIs are free", "What brings the metrics to the autoscaler?"),
        ("16 chips / 8 a replica = 2 fit now", "How many replicas at most?"),
    ):
        assert said.index(fact) < said.index(question)
    assert "Target [10]: " in said
    assert "Replicas [2]: " in said
    assert "  + HorizontalPodAutoscaler default/jetstream-hpa" in said
    assert "Carry this out? [y/N]: n" in said


def test_nothing_moves_the_cursor(person: Person) -> None:
    result = person.says(*TO_THE_PLAN, "n")
    assert "\x1b" not in result.err
    assert "\r" not in result.err


def test_a_no_changes_nothing_and_keeps_the_answers(person: Person, quick: Sandbox) -> None:
    result = person.says(*TO_THE_PLAN, "n")
    assert result.code == ExitCode.INTERRUPTED
    assert "Nothing was changed; your answers are kept." in result.err
    assert "Go on: jetscale setup --prompts --resume" in result.err
    assert quick.store.get(API_SERVICE, None, "v1beta1.custom.metrics.k8s.io") is None


def test_an_answer_that_cannot_be_used_is_asked_again_with_what_is_wrong(person: Person) -> None:
    lines = ("9", "sandbox", "No Name!", "1", "0", "", "", "7", "1,2", "x", "5", "95", "90%")
    result = person.says(*lines, "zero", "1", "0", "2", "", flags=("-o", "-"))
    assert "Write a number from 1 to 2." in result.err
    assert "'No Name!' " in result.err
    assert "Write NAMESPACE/NAME." in result.err
    assert "Write numbers from 1 to 5, with commas between them." in result.err or (
        "Write numbers from 1 to 4, with commas between them." in result.err
    )
    assert "The target is no quantity: 'x'. Write it like 10, 1500m or 12Gi." in result.err
    assert "For 95 percent write 95% (stored as 950m)." in result.err
    assert result.err.count("Write a whole number, 1 or more.") == 2
    assert document(result)["scaling"]["metrics"] == [
        {"name": "jetstream_prefill_backlog_size", "target": "5"},
        {"name": "jetstream_slots_used_percentage", "target": "900m"},
    ]


def test_a_question_mark_explains_and_asks_again(person: Person) -> None:
    result = person.says("", "", "?", "", "", *TO_METRICS, "", flags=("-o", "-"))
    assert "A cluster has one owner of each API" in result.err
    assert "On the command line: --adapter KIND" in result.err
    assert document(result)["adapter"]["kind"] == "stackdriver"


def test_going_back_changes_an_earlier_answer_and_keeps_the_rest(person: Person) -> None:
    to_the_maximum = (*TO_METRICS, "", "4", "2")
    back = ("<", "<", "<", "<", "2")
    result = person.says(*to_the_maximum, *back, "", "", "", "", "", "", flags=("-o", "-"))
    written = document(result)
    assert written["adapter"]["kind"] == "prometheus"
    assert written["scaling"]["minReplicas"] == 2
    assert written["scaling"]["metrics"] == [
        {"name": "jetstream_prefill_backlog_size", "target": "4"}
    ]


def test_there_is_nothing_before_the_first_question(person: Person) -> None:
    result = person.says("<", "<")
    assert result.code == ExitCode.INTERRUPTED
    assert result.err.count("Which cluster runs the server?") >= 2


def test_the_end_of_stdin_keeps_the_answers_and_resume_goes_on_there(person: Person) -> None:
    stopped = person.says(*TO_METRICS, "", "7")
    assert stopped.code == ExitCode.INTERRUPTED
    resumed = person.says("", "", "", "", "", flags=("--resume", "-o", "-"))
    assert "Which server should scale?" not in resumed.err
    assert "Target [7]: " in resumed.err
    assert document(resumed)["scaling"]["metrics"] == [
        {"name": "jetstream_prefill_backlog_size", "target": "7"}
    ]
    assert load_draft("sandbox ×60") is None, "what was written down is finished"


def test_kept_answers_are_offered_first(person: Person) -> None:
    person.says(*TO_METRICS, "", "7")
    offered = person.says("")
    assert "1. Go on at Metrics" in offered.err
    anew = person.says("2")
    assert "== Step 1 of 7: Prerequisites" in anew.err
    quit_at_once = person.says("3")
    assert quit_at_once.code == ExitCode.INTERRUPTED
    assert "Prerequisites" not in quit_at_once.err


def test_resume_without_kept_answers_says_so(person: Person) -> None:
    result = person.says(flags=("--resume",))
    assert result.code == ExitCode.USAGE
    assert "There are no answers of an unfinished session here." in result.err


class TestAnswersGiven:
    def test_a_partial_document_is_answered_and_the_rest_is_asked(self, person: Person) -> None:
        path = person.file("scaling: {maxReplicas: 2}\nadapter: {kind: prometheus}\n")
        result = person.says("", "", "", "", "", "3", "1", "", flags=("--answers", path, "-o", "-"))
        assert "Write a whole number, 1 to 2." in result.err
        assert "What brings the metrics to the autoscaler? prometheus, as given" in result.err
        assert "How many replicas at most? 2, as given" in result.err
        assert "As whom does it read Cloud Monitoring?\n" in result.err
        assert document(result)["adapter"]["kind"] == "prometheus"

    def test_flags_answer_any_question(self, person: Person) -> None:
        flags = (
            "--context=sandbox", "--namespace=default", "--deployment=maxengine-server",
            "--adapter=prometheus", "--identity=service-account",
            "--metric=jetstream_slots_used_percentage=90%",
            "--metric=jetstream_prefill_backlog_size=4", "--min=2", "--max=2", "--behavior=default",
        )  # fmt: skip
        written = document(person.says(flags=(*flags, "-o", "-")))
        assert written["adapter"]["identity"] == "service-account"
        assert written["scaling"] == {
            "name": "jetstream-hpa",
            "minReplicas": 2,
            "maxReplicas": 2,
            "metrics": [
                {"name": "jetstream_slots_used_percentage", "target": "900m"},
                {"name": "jetstream_prefill_backlog_size", "target": "4"},
            ],
            "behavior": None,
        }

    def test_a_behavior_is_fitted_to_the_start_up_that_is_measured(self, person: Person) -> None:
        by_flag = person.says(*TO_METRICS, "", "", "", "", flags=("--behavior=fitted", "-o", "-"))
        by_answer = person.says(*TO_METRICS, "", "", "", "", "2", flags=("-o", "-"))
        assert "How fast may the autoscaler act? fitted to a start-up of" in by_flag.err
        behavior = document(by_flag)["scaling"]["behavior"]
        assert behavior == document(by_answer)["scaling"]["behavior"]
        assert isinstance(behavior, dict)
        assert behavior["scaleUp"]["policies"][0]["periodSeconds"] > 15

    def test_a_behavior_of_a_file_can_be_kept_or_replaced(self, person: Person) -> None:
        path = person.file("scaling: {behavior: {scaleDown: {stabilizationWindowSeconds: 7}}}\n")
        flags = ("--answers", path, "-o", "-")
        kept = document(person.says(*TO_METRICS, "", "", "", "", flags=flags))
        assert kept["scaling"]["behavior"] == {"scaleDown": {"stabilizationWindowSeconds": 7}}
        replaced = person.says(*TO_METRICS, "", "", "", "", flags=(*flags, "--behavior=default"))
        assert document(replaced)["scaling"]["behavior"] is None

    @pytest.mark.parametrize(
        ("flag", "said"),
        [
            ("--metric=slots", "--metric slots is not NAME=TARGET."),
            ("--metric=slots=1", "is no metric of profile jetstream-maxtext: 'slots'"),
            ("--metric=jetstream_slots_used_percentage=90", "write 90%"),
            ("--deployment=No!", "workload.deployment"),
            ("--profile=nowhere", "There is no profile 'nowhere'."),
            ("--adapter=keda", "keda"),
            ("--max=0", "--max"),
        ],
    )
    def test_an_answer_that_makes_no_sense_is_refused_before_anything_is_asked(
        self, person: Person, flag: str, said: str
    ) -> None:
        result = person.says(flags=(flag,))
        assert result.code == ExitCode.USAGE
        assert said in result.err
        assert "Step 1" not in result.err

    def test_a_given_deployment_that_is_not_there_is_said_and_asked(self, person: Person) -> None:
        flags = ("--deployment=vllm", "--ignore-failed-checks", "-o", "-")
        result = person.says("n", "", "1", *TO_METRICS, "", "", "", flags=flags)
        assert "Which server should scale? default/vllm, as given" in result.err
        assert "There is no Deployment default/vllm." in result.err
        assert document(result)["workload"]["deployment"] == "maxengine-server"

    def test_resume_takes_no_other_answers(self, person: Person) -> None:
        result = person.says(flags=("--resume", "--max=2"))
        assert result.code == ExitCode.USAGE


class TestYes:
    def test_every_default_taken_was_shown_with_its_value(self, operator: Shell) -> None:
        result = operator.run("setup", "--yes", "-o", "-")
        assert "Number [1]: 1 (default/maxengine-server), by --yes" in result.err
        assert "Target [10]: 10, by --yes" in result.err
        assert "Replicas [2]: 2, by --yes" in result.err
        assert document(result)["scaling"]["maxReplicas"] == 2

    def test_of_several_servers_none_is_a_safe_default(
        self, operator: Shell, second_server: None
    ) -> None:
        result = operator.run("setup", "--yes", "-o", "-", "--ignore-failed-checks")
        assert result.code == ExitCode.USAGE
        assert "--yes cannot answer: Which server should scale?" in result.err
        assert "Answer it with --deployment NAME." in result.err
        named = operator.run("setup", "--yes", "-o", "-", "--deployment", "maxengine-server")
        assert document(named)["workload"]["deployment"] == "maxengine-server"

    def test_a_failed_check_is_not_passed_over(self, operator: Shell) -> None:
        flags = ("--yes", "-o", "-", "--deployment", "vllm")
        result = operator.run("setup", *flags)
        assert result.code == ExitCode.USAGE
        assert "--yes cannot answer: go on although these failed: Server" in result.err
        in_spite = operator.run("setup", *flags, "--ignore-failed-checks")
        assert in_spite.code == ExitCode.USAGE
        assert "There is no Deployment default/vllm." in in_spite.err

    def test_a_metrics_api_is_not_taken_from_its_owner_unasked(
        self, operator: Shell, foreign_owner: str
    ) -> None:
        flags = ("--yes", "-o", "-", "--ignore-failed-checks", "--adapter", "stackdriver")
        result = operator.run("setup", *flags)
        assert result.code == ExitCode.USAGE
        assert (
            f"KEDA serves {foreign_owner}; HPAs that use it would stop working. Take it over?"
            in result.err
        )
        agreed = operator.run("setup", *flags, "--take-over", f"APIService/{foreign_owner}")
        assert document(agreed)["adapter"]["kind"] == "stackdriver"

    def test_a_written_document_is_never_over_another_one(self, operator: Shell) -> None:
        path = operator.file("mine\n")
        result = operator.run("setup", "--yes", "-o", path)
        assert result.code == ExitCode.USAGE
        assert f"{path} exists already." in result.err
        forced = operator.run("setup", "--yes", "-o", path, "--force")
        assert forced.code == ExitCode.DONE
        assert f"Next: jetscale plan -f {path}" in forced.err
        assert operator.run("config", "validate", "-f", path).code == ExitCode.DONE


def test_an_adapter_that_takes_an_api_is_asked_about_and_no_chooses_again(
    person: Person, foreign_owner: str
) -> None:
    to_the_adapter = ("y", "", "")
    result = person.says(
        *to_the_adapter, "1", "n", "1", "y", "", *TO_METRICS, "", flags=("-o", "-")
    )
    assert result.err.count("KEDA serves") == 2
    assert document(result)["adapter"]["kind"] == "stackdriver"


def test_without_a_terminal_the_prompts_are_named(operator: Shell) -> None:
    result = operator.run("setup")
    assert result.code == ExitCode.USAGE
    assert "jetscale setup --prompts" in result.err


def test_a_dumb_terminal_gets_the_prompts(
    person: Person, operator: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert "== Step 1 of 7: Prerequisites" in operator.run("setup").err


@pytest.mark.parametrize("flag", ["--resume", "--new", "--ignore-failed-checks"])
def test_what_only_prompts_know_is_refused_without_them(operator: Shell, flag: str) -> None:
    assert operator.run("setup", flag).code == ExitCode.USAGE


def test_force_goes_with_output_only(operator: Shell) -> None:
    assert operator.run("setup", "--yes", "--force").code == ExitCode.USAGE


def test_every_question_names_its_flag() -> None:
    assert all(topic.flag.startswith("--") for topic in Topic)


@pytest.fixture
def second_server(quick: Sandbox) -> Iterator[None]:
    live = quick.store.get(DEPLOYMENT, "default", "maxengine-server")
    assert live is not None
    labels = {"app": "another"}
    spec = {**live["spec"], "replicas": 0, "selector": {"matchLabels": labels}}
    template = spec["template"]
    spec["template"] = {**template, "metadata": {**template["metadata"], "labels": labels}}
    quick.store.create(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "another", "namespace": "default"},
            "spec": spec,
        }
    )
    yield
    quick.store.delete(DEPLOYMENT, "default", "another")


@pytest.fixture
def foreign_owner(quick: Sandbox) -> Iterator[str]:
    """Name of a metrics API that KEDA serves."""
    name = "v1beta1.external.metrics.k8s.io"
    quick.store.create(
        {
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "metadata": {"name": name},
            "spec": {
                "group": "external.metrics.k8s.io",
                "version": "v1beta1",
                "groupPriorityMinimum": 100,
                "versionPriority": 100,
                "insecureSkipTLSVerify": True,
                "service": {"namespace": "keda", "name": "keda-operator-metrics-apiserver"},
            },
        }
    )
    yield name
    quick.store.delete(API_SERVICE, None, Ref.to(API_SERVICE, name).name)
