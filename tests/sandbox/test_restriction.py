"""Somebody with some of the rights: read from a file, held to on both sides, told truthfully."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from jetscale_tui.domain.google import Binding
from jetscale_tui.errors import ConfigError, PermissionDenied
from jetscale_tui.sandbox.blueprint import Blueprint
from jetscale_tui.sandbox.environment import Sandbox
from jetscale_tui.sandbox.restriction import EXAMPLE, load_restriction
from jetscale_tui.wiring import RealBackend
from tests.sandbox.kube.tools import Tool, find

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.cloud.client import GoogleCloud

RIGHTS = """
account: half@example.com
kubernetes:
  - verbs: [get, list]
    resources: [pods, pods/log]
    namespaces: [default]
  - verbs: ["*"]
    groups: [autoscaling]
    resources: [horizontalpodautoscalers]
    names: [jetstream-hpa]
  - verbs: [get]
    paths: [/metrics, /debug/*]
google: [resourcemanager.projects.get, container.*]
"""
HELD = ("resourcemanager.projects.get", "container.clusters.get")
LACKING = ("resourcemanager.projects.setIamPolicy", "monitoring.timeSeries.list")


def written(folder: Path, text: str) -> Path:
    path = folder / "rights.yaml"
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One with a third person."""
    restricted = load_restriction(written(tmp_path_factory.mktemp("rights"), RIGHTS)).person
    folder = tmp_path_factory.mktemp("sandbox")
    with Sandbox(folder, Blueprint(speed=20), restricted=restricted) as running:
        yield running


@pytest.fixture
def kubectl(sandbox: Sandbox, tmp_path: Path) -> Tool:
    """The real one, as the third person."""
    document = yaml.safe_load(sandbox.kubeconfig.read_text())
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump({**document, "current-context": "sandbox-restricted"}))
    return Tool(find("kubectl"), path, tmp_path)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (("list", "pods"), True),
        (("list", "pods", "-n", "kube-system"), False),
        (("list", "pods", "-A"), False),
        (("get", "pods", "--subresource=log"), True),
        (("get", "pods", "--subresource=status"), False),
        (("delete", "hpa/jetstream-hpa"), True),
        (("delete", "hpa/other"), False),
        (("create", "deployments.apps"), False),
        (("get", "/metrics"), True),
        (("get", "/debug/pprof"), True),
        (("get", "/secret"), False),
    ],
)
def test_can_i_answers_by_the_rules(kubectl: Tool, question: tuple[str, ...], answer: bool) -> None:
    assert kubectl("auth", "can-i", "-q", *question).code == (0 if answer else 1)


def test_can_i_lists_the_rules(kubectl: Tool) -> None:
    rows = [line.split() for line in kubectl.done("auth", "can-i", "--list").splitlines()]
    assert ["pods", "[]", "[]", "[get", "list]"] in rows
    assert ["pods/log", "[]", "[]", "[get", "list]"] in rows
    assert ["horizontalpodautoscalers.autoscaling", "[]", "[jetstream-hpa]", "[*]"] in rows
    assert ["[/debug/*]", "[]", "[get]"] in rows
    elsewhere = kubectl.done("auth", "can-i", "--list", "-n", "kube-system")
    assert "pods" not in elsewhere


def test_what_the_rules_do_not_say_is_refused_in_the_servers_words(kubectl: Tool) -> None:
    kubectl.done("get", "pods")
    assert kubectl("get", "pods", "-n", "kube-system").err == (
        'Error from server (Forbidden): pods is forbidden: User "half@example.com" cannot list '
        'resource "pods" in API group "" in the namespace "kube-system"\n'
    )
    assert kubectl("get", "hpa", "other").err == (
        "Error from server (Forbidden): horizontalpodautoscalers.autoscaling "
        '"other" is forbidden: User "half@example.com" cannot get resource '
        '"horizontalpodautoscalers" in API group "autoscaling" in the namespace "default"\n'
    )
    assert "NotFound" in kubectl("get", "hpa", "jetstream-hpa").err


def test_a_list_of_one_name_counts_as_that_object(kubectl: Tool) -> None:
    kubectl.done("get", "hpa", "--field-selector", "metadata.name=jetstream-hpa")
    assert kubectl("get", "hpa", "--field-selector", "metadata.name=other").code == 1


def google(sandbox: Sandbox, context: str) -> GoogleCloud:
    cloud = RealBackend(sandbox.kubeconfig, context).cloud()
    assert cloud is not None
    return cloud


def test_google_grants_what_the_file_lists_and_nothing_else(sandbox: Sandbox) -> None:
    cloud = google(sandbox, "sandbox-restricted")
    project = sandbox.blueprint.project_id
    assert cloud.allowed(project, (*HELD, *LACKING)) == frozenset(HELD)
    assert [cluster.name for cluster in cloud.clusters(project)] == [sandbox.blueprint.cluster]
    with pytest.raises(PermissionDenied):
        cloud.add_bindings(project, [Binding("roles/viewer", "user:me@example.com")])
    assert google(sandbox, "sandbox").allowed(project, LACKING) == frozenset(LACKING)


def test_nobody_has_anothers_token(sandbox: Sandbox) -> None:
    document = yaml.safe_load(sandbox.kubeconfig.read_text())
    for context in document["contexts"]:
        names = {context["name"], context["context"]["cluster"], context["context"]["user"]}
        assert len(names) == 1
    tokens = {user["name"]: user["user"]["token"] for user in document["users"]}
    assert len(set(tokens.values())) == 3
    for entry in document["clusters"]:
        text = json.dumps(entry)
        assert [name for name, token in tokens.items() if token in text] == [entry["name"]]


def test_the_example_of_the_help_is_a_file_that_is_taken(tmp_path: Path) -> None:
    person = load_restriction(written(tmp_path, EXAMPLE)).person
    assert person.rules[1].namespaces == ("default",)
    assert person.caller.holds("container.clusters.list")


def test_the_file_of_the_documentation_is_taken(tmp_path: Path) -> None:
    documented = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text()
    text = documented.partition("```yaml\n")[2].partition("```")[0]
    assert load_restriction(written(tmp_path, text)).person.account == "half@example.com"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kubernets: []", "kubernets (line 1): is not a known field. Did you mean kubernetes?"),
        (
            "kubernetes:\n  - verbs: [gets]\n    resources: [pods]",
            "kubernetes[0].verbs[0] (line 2): is 'gets', must be one of",
        ),
        ("kubernetes:\n  - verbs: [get]", "(line 2): needs either resources or paths."),
        ("kubernetes:\n  - verbs: []\n    paths: [/]", "(line 2): needs at least one verb."),
        ("google:\n- roles/viewer", "google[0] (line 2): is 'roles/viewer', must be an IAM"),
        ("kubernetes: [", "not valid YAML (line 1, column 14)"),
        ("- get", "is not a mapping"),
    ],
)
def test_a_bad_file_is_refused_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_restriction(written(tmp_path, text))
    assert told in str(refused.value)


def test_a_file_that_is_not_there_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="jetscale sandbox --help"):
        load_restriction(tmp_path / "none.yaml")
