from __future__ import annotations

import shlex
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from jetscale_tui.export.script import script
from jetscale_tui.manifests.build import bindings, build, google_account
from tests.unit.export.stand_ins import Called, applied, complaints, granted, run
from tests.unit.manifests.variants import PROFILE, PROJECT, everything, setup_of, variant

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jetscale_tui.domain.google import Project
    from jetscale_tui.domain.spec import Setup

TELLING = {name: setup for name, setup in everything() if name.startswith(("V1", "V7"))}
"""Setups whose scripts differ in more than the autoscaler's metric."""


def test_every_script_passes_shellcheck(tmp_path: Path) -> None:
    files = []
    for project, number in ((PROJECT, "given"), (None, "looked-up")):
        for name, setup in TELLING.items():
            files.append(tmp_path / f"{name}-{number}.sh")
            files[-1].write_text(script(setup, PROFILE, project), encoding="utf-8")
    assert complaints(*files) == ""


@pytest.mark.parametrize("setup", TELLING.values(), ids=TELLING)
def test_the_script_applies_the_setup_s_objects_in_order(setup: Setup, tmp_path: Path) -> None:
    calls = run(script(setup, PROFILE, None), tmp_path)
    expected = [item for group in build(setup, PROFILE, None) for item in group.objects]
    assert applied(calls) == expected


@pytest.mark.parametrize("adapter", ["stackdriver", "prometheus"])
@pytest.mark.parametrize("project", [PROJECT, None], ids=["number", "looked-up"])
def test_the_principal_is_granted_what_jetscale_would_grant_it(
    adapter: str, project: Project | None, tmp_path: Path
) -> None:
    setup = setup_of(adapter)
    (binding,) = bindings(setup, PROJECT)
    calls = run(script(setup, PROFILE, project), tmp_path)
    assert granted(calls) == [
        (
            *("projects", "add-iam-policy-binding", "my-project"),
            *(f"--role={binding.role}", f"--member={binding.member}", "--condition=None"),
        )
    ]
    asked = [call for call in calls if "describe" in call.words]
    assert bool(asked) == (project is None)


@pytest.mark.parametrize("adapter", ["stackdriver", "prometheus"])
def test_the_google_service_account_is_created_bound_and_granted(
    adapter: str, tmp_path: Path
) -> None:
    setup = setup_of(adapter, identity="service-account")
    account = google_account(setup, PROJECT)
    assert account is not None
    calls = run(script(setup, PROFILE, PROJECT), tmp_path)
    words = [call.words for call in calls]
    assert [
        *("gcloud", "iam", "service-accounts", "create", account.account_id),
        "--project=my-project",
    ] in words
    (binding,) = bindings(setup, PROJECT)
    assert granted(calls) == [
        (
            *("iam", "service-accounts", "add-iam-policy-binding", account.email),
            "--project=my-project",
            *(f"--role={account.binding.role}", f"--member={account.binding.member}"),
            "--condition=None",
        ),
        (
            *("projects", "add-iam-policy-binding", "my-project"),
            *(f"--role={binding.role}", f"--member={binding.member}", "--condition=None"),
        ),
    ]


def test_nothing_is_granted_where_nodes_bring_their_rights(tmp_path: Path) -> None:
    assert granted(run(script(setup_of(identity="node"), PROFILE, None), tmp_path)) == []


def test_identity_comes_before_the_adapter_and_a_value_before_the_autoscaler(
    tmp_path: Path,
) -> None:
    calls = run(script(variant("V7-stackdriver"), PROFILE, PROJECT), tmp_path)
    steps: list[Callable[[Called], bool]] = [
        lambda call: "add-iam-policy-binding" in call.words,
        lambda call: "custom-metrics-stackdriver-adapter" in call.fed,
        lambda call: "rollout" in call.words,
        lambda call: any("%7Cjetstream_prefill" in word for word in call.words),
        lambda call: any("%7Cmemory_used" in word for word in call.words),
        lambda call: "HorizontalPodAutoscaler" in call.fed,
        lambda call: "--for=condition=ScalingActive" in call.words,
    ]
    marks = [
        next(number for number, call in enumerate(calls) if is_step(call)) for is_step in steps
    ]
    assert marks == sorted(marks)


def test_helm_is_run_on_the_pinned_chart_with_the_values(tmp_path: Path) -> None:
    setup = setup_of("prometheus", install="helm")
    (helm,) = (
        call for call in run(script(setup, PROFILE, PROJECT), tmp_path) if call.words[0] == "helm"
    )
    assert helm.words[1:5] == ["upgrade", "--install", "jetscale", "prometheus-adapter"]
    assert "--version=5.3.0" in helm.words
    assert "--kube-context=gke_my-project_us-central1_tpu-cluster" in helm.words
    assert yaml.safe_load(helm.fed)["listenPort"] == 10250


def contexts(calls: list[Called]) -> set[str]:
    return {
        word
        for call in calls
        for word in call.words
        if call.words[0] == "kubectl" and word.startswith("--context=")
    }


@pytest.mark.parametrize(
    ("sections", "context"),
    [
        ({}, "gke_my-project_us-central1_tpu-cluster"),
        ({"kubernetes": {"context": "it's mine"}}, "it's mine"),
        ({"google": {"project": "my-project"}}, "current"),
    ],
)
def test_kubectl_is_sent_to_the_setup_s_cluster(
    sections: dict[str, Any], context: str, tmp_path: Path
) -> None:
    calls = run(script(setup_of(**sections), PROFILE, PROJECT), tmp_path)
    assert contexts(calls) == {f"--context={context}"}


def test_without_a_project_the_script_asks_for_one(tmp_path: Path) -> None:
    setup = setup_of(google={"location": "us-central1", "cluster": "tpu-cluster"})
    ended = subprocess.run(
        ["/bin/sh"],
        input=script(setup, PROFILE, None),
        text=True,
        capture_output=True,
        env={"PATH": _tools(tmp_path)},
        check=False,
    )
    assert ended.returncode != 0
    assert "Set it to the id of the project." in ended.stderr


def test_a_missing_tool_is_said_before_anything_is_done(tmp_path: Path) -> None:
    ended = subprocess.run(
        ["/bin/sh"],
        input=script(setup_of(), PROFILE, PROJECT),
        text=True,
        capture_output=True,
        env={"PATH": str(tmp_path)},
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr == "gcloud is needed and was not found.\n"


def _tools(folder: Path) -> str:
    for name in ("gcloud", "kubectl"):
        (folder / name).write_text("#!/bin/sh\nexit 0\n")
        (folder / name).chmod(0o755)
    return str(folder)


HOSTILE = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\1\2"), min_size=1, max_size=30
)


@settings(max_examples=20, deadline=None)
@given(HOSTILE)
def test_hostile_text_stays_data(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("hostile")
    setup = setup_of(
        metadata={"name": text},
        kubernetes={"context": text},
        workload={"namespace": text, "deployment": text, "selector": {text: text}},
    )
    calls = run(script(setup, PROFILE, PROJECT), folder)
    expected = [item for group in build(setup, PROFILE, PROJECT) for item in group.objects]
    assert applied(calls) == expected
    assert contexts(calls) == {f"--context={text}"}


@pytest.mark.parametrize(
    "line", ["END", "$(touch gone)", "`touch gone`", "'; touch gone #", "\nEND\n"]
)
def test_no_text_ends_a_here_document_or_starts_a_command(line: str, tmp_path: Path) -> None:
    setup = setup_of(scaling={"name": line, "metrics": [{"name": "memory_used", "target": "1"}]})
    calls = run(script(setup, PROFILE, PROJECT), tmp_path)
    assert applied(calls)[-1]["metadata"]["name"] == line


def test_undo_is_told_in_the_reverse_order() -> None:
    text = script(setup_of("prometheus", install="helm", identity="service-account"), PROFILE, None)
    _, _, told = text.partition("# To take it back")
    commands = [shlex.split(line.lstrip("# ")) for line in told.splitlines()[1:]]
    verbs = [" ".join(words[:3]) for words in commands]
    assert verbs == [
        "kubectl delete horizontalpodautoscalers.autoscaling",
        "helm uninstall jetscale",
        "kubectl delete services",
        "kubectl delete deployments.apps",
        "kubectl delete serviceaccounts",
        "kubectl delete podmonitorings.monitoring.googleapis.com",
        "kubectl delete podmonitorings.monitoring.googleapis.com",
        "gcloud projects remove-iam-policy-binding",
        "gcloud iam service-accounts",
    ]
