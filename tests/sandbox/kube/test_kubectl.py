"""The real kubectl against a running sandbox."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.kube.serving import autoscaler, config_map, deployment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox.kube.tools import Tool

DEPLOYMENT = "maxengine-server"


def manifest(**spec: Any) -> str:
    hpa = autoscaler("web", **spec)
    hpa["metadata"]["labels"] = {"tier": "front"}
    return json.dumps(hpa)


@pytest.fixture
def web(kubectl: Tool) -> Iterator[str]:
    """An autoscaler that kubectl applied server-side."""
    kubectl.done("apply", "--server-side", "-f", "-", stdin=manifest())
    yield "web"
    kubectl.done("delete", "hpa", "web", "--ignore-not-found")


def test_get_prints_the_table_of_the_server(kubectl: Tool, web: str) -> None:
    header, row = kubectl.done("get", "hpa").splitlines()
    assert header.split() == [
        "NAME",
        "REFERENCE",
        "TARGETS",
        "MINPODS",
        "MAXPODS",
        "REPLICAS",
        "AGE",
    ]
    assert row.split()[:4] == ["web", "Deployment/web", "<unknown>/10", "(avg)"]


def test_get_prints_several_kinds_and_wide_columns(kubectl: Tool) -> None:
    printed = kubectl.done("get", "deploy,pods,nodes", "-o", "wide")
    assert f"deployment.apps/{DEPLOYMENT}" in printed
    assert "SELECTOR" in printed
    assert "NOMINATED NODE" in printed
    assert "CONTAINER-RUNTIME" in printed


def test_get_prints_objects(kubectl: Tool, web: str) -> None:
    assert json.loads(kubectl.done("get", "hpa", web, "-o", "json"))["spec"]["maxReplicas"] == 2
    assert "maxReplicas: 2" in kubectl.done("get", "hpa", web, "-o", "yaml")
    assert kubectl.done("get", "hpa", web, "-o", "jsonpath={.spec.minReplicas}") == "1"


def test_selectors_choose(kubectl: Tool, web: str) -> None:
    name = f"horizontalpodautoscaler.autoscaling/{web}\n"
    assert kubectl.done("get", "hpa", "-l", "tier=front", "-o", "name") == name
    assert kubectl.done("get", "hpa", "-l", "tier!=front", "-o", "name") == ""
    assert kubectl.done("get", "hpa", "-l", "tier in (front,back)", "-o", "name") == name
    chosen = kubectl.done("get", "hpa", "--field-selector", "metadata.name=other", "-o", "name")
    assert chosen == ""


def test_a_field_nobody_can_select_by_is_refused(kubectl: Tool) -> None:
    ran = kubectl("get", "pods", "--field-selector", "spec.nosuch=1")
    assert ran.code == 1
    assert "field label not supported: spec.nosuch" in ran.err


def test_watch_prints_changes_as_rows(kubectl: Tool, web: str) -> None:
    with kubectl.printing("get", "hpa", web, "--watch") as lines:
        assert next(lines).startswith("NAME")
        assert next(lines).startswith(web)
        kubectl.done("patch", "hpa", web, "--type=merge", "-p", '{"spec":{"maxReplicas":7}}')
        assert any(line.split()[5] == "7" for line in lines)


def test_describe_tells_of_the_autoscaler_and_the_deployment(kubectl: Tool, web: str) -> None:
    kubectl.done("wait", "--for=condition=AbleToScale=False", f"hpa/{web}", "--timeout=30s")
    described = kubectl.done("describe", "hpa", web)
    assert '"backlog" (target average value)' in described
    assert "FailedGetScale" in described, "its target does not exist"
    described = kubectl.done("describe", "deployment", DEPLOYMENT)
    assert "NewReplicaSet" in described
    assert "ScalingReplicaSet" in described


def test_describe_tells_what_is_behind_a_service(kubectl: Tool) -> None:
    address = kubectl.done("get", "pods", "-o", "jsonpath={.items[0].status.podIP}")
    assert f"{address}:8000" in kubectl.done("describe", "service", "jetstream-svc")


def test_logs_of_a_crash_are_its_last_words(kubectl: Tool) -> None:
    adapter = "gke.gcr.io/custom-metrics-stackdriver-adapter:v0.15.2-gke.1"
    crashing = deployment("crashing", {"name": "c", "image": adapter})
    kubectl.done("apply", "--server-side", "-f", "-", stdin=json.dumps(crashing))
    restarts = "jsonpath={.items[0].status.containerStatuses[0].restartCount}"
    kubectl.done(
        "wait",
        "pods",
        "-l",
        "app=crashing",
        "--timeout=30s",
        "--for=jsonpath={.status.containerStatuses[0].restartCount}=2",
    )
    words = "Permission monitoring.metricDescriptors.list denied"
    assert words in kubectl.done("logs", "deployment/crashing", "--previous", "--tail=1")
    assert int(kubectl.done("get", "pods", "-l", "app=crashing", "-o", restarts)) >= 2
    kubectl.done("delete", "deployment", "crashing")


def test_the_older_version_of_an_autoscaler_can_be_read(kubectl: Tool, web: str) -> None:
    old = kubectl.done("get", "horizontalpodautoscalers.v1.autoscaling", web, "-o", "yaml")
    assert "apiVersion: autoscaling/v1" in old


def test_delete_can_wait_for_what_is_owned(kubectl: Tool) -> None:
    kubectl.done("apply", "--server-side", "-f", "-", stdin=json.dumps(deployment("owner")))
    kubectl.done("rollout", "status", "deployment", "owner", "--timeout=30s")
    kubectl.done("delete", "deployment", "owner", "--cascade=foreground", "--timeout=30s")
    assert kubectl.done("get", "rs,pods", "-l", "app=owner", "-o", "name") == ""


def test_delete_can_leave_what_is_owned(kubectl: Tool) -> None:
    kubectl.done("apply", "--server-side", "-f", "-", stdin=json.dumps(deployment("parent")))
    kubectl.done("rollout", "status", "deployment", "parent", "--timeout=30s")
    kubectl.done("delete", "deployment", "parent", "--cascade=orphan", "--timeout=30s")
    assert kubectl.done("get", "pods", "-l", "app=parent", "-o", "name").count("pod/") == 1
    kubectl.done("delete", "rs", "-l", "app=parent")


def test_apply_creates_then_finds_nothing_to_do(kubectl: Tool) -> None:
    written = json.dumps(config_map("settings", a="b"))
    version = ("get", "configmap", "settings", "-o", "jsonpath={.metadata.resourceVersion}")
    kubectl.done("apply", "--server-side", "-f", "-", stdin=written)
    before = kubectl.done(*version)
    again = kubectl.done("apply", "--server-side", "-f", "-", stdin=written)
    assert again == "configmap/settings serverside-applied\n"
    assert kubectl.done(*version) == before
    kubectl.done("delete", "configmap", "settings")


def test_apply_tries_without_doing(kubectl: Tool, web: str) -> None:
    changed = manifest(maxReplicas=5)
    tried = kubectl.done("apply", "--server-side", "--dry-run=server", "-f", "-", stdin=changed)
    assert "(server dry run)" in tried
    assert kubectl.done("get", "hpa", web, "-o", "jsonpath={.spec.maxReplicas}") == "2"


def test_apply_meets_another_owner_and_can_be_forced(kubectl: Tool, web: str) -> None:
    arguments = ("apply", "--server-side", "--field-manager=other", "-f", "-")
    refused = kubectl(*arguments, stdin=manifest(maxReplicas=5))
    assert refused.code == 1
    assert 'Apply failed with 1 conflict: conflict with "kubectl": .spec.maxReplicas' in refused.err
    kubectl.done(*arguments, "--force-conflicts", stdin=manifest(maxReplicas=5))
    assert kubectl.done("get", "hpa", web, "-o", "jsonpath={.spec.maxReplicas}") == "5"


def test_client_side_apply_works_too(kubectl: Tool) -> None:
    written = json.dumps(deployment("plain", replicas=0))
    assert "created" in kubectl.done("apply", "-f", "-", stdin=written)
    assert "unchanged" in kubectl.done("apply", "-f", "-", stdin=written)
    kubectl.done("delete", "deployment", "plain")


def test_an_object_of_client_side_apply_can_go_on_server_side(kubectl: Tool) -> None:
    kubectl.done("apply", "-f", "-", stdin=json.dumps(config_map("moved", a="1", b="2")))
    kubectl.done("apply", "--server-side", "-f", "-", stdin=json.dumps(config_map("moved", a="1")))
    moved = json.loads(kubectl.done("get", "cm", "moved", "-o", "json", "--show-managed-fields"))
    assert moved["data"] == {"a": "1"}
    assert {entry["operation"] for entry in moved["metadata"]["managedFields"]} == {"Apply"}
    kubectl.done("delete", "configmap", "moved")


def test_diff_shows_what_apply_would_change(kubectl: Tool, web: str) -> None:
    changed = manifest(maxReplicas=5)
    same = kubectl("diff", "--server-side", "-f", "-", stdin=manifest())
    other = kubectl("diff", "--server-side", "-f", "-", stdin=changed)
    assert (same.code, same.out) == (0, "")
    assert other.code == 1
    assert "-  maxReplicas: 2\n+  maxReplicas: 5" in other.out


def test_patch_merges_and_follows_json_patches(kubectl: Tool, web: str) -> None:
    maximum = ("get", "hpa", web, "-o", "jsonpath={.spec.maxReplicas}")
    kubectl.done("patch", "hpa", web, "--type=merge", "-p", '{"spec":{"maxReplicas":3}}')
    assert kubectl.done(*maximum) == "3"
    replace = '[{"op":"replace","path":"/spec/maxReplicas","value":4}]'
    kubectl.done("patch", "hpa", web, "--type=json", "-p", replace)
    assert kubectl.done(*maximum) == "4"
    failing = '[{"op":"test","path":"/spec/maxReplicas","value":9}]'
    assert kubectl("patch", "hpa", web, "--type=json", "-p", failing).code == 1


def test_what_the_server_refuses_is_told(kubectl: Tool) -> None:
    ran = kubectl("apply", "--server-side", "-f", "-", stdin=manifest(minReplicas=9))
    assert ran.code == 1
    assert "must be greater than or equal to `minReplicas`" in ran.err


def test_scale_and_rollout_status_follow_the_pods(kubectl: Tool) -> None:
    kubectl.done("scale", "deployment", DEPLOYMENT, "--replicas=2")
    told = kubectl.done("rollout", "status", "deployment", DEPLOYMENT, "--timeout=30s")
    assert "successfully rolled out" in told
    kubectl.done("wait", "--for=condition=Available", f"deployment/{DEPLOYMENT}", "--timeout=30s")
    ready = ("get", "deployment", DEPLOYMENT, "-o", "jsonpath={.status.readyReplicas}")
    assert kubectl.done(*ready) == "2"


def test_rollout_restart_replaces_pods_and_keeps_a_history(kubectl: Tool) -> None:
    written = json.dumps(deployment("rolled"))
    kubectl.done("apply", "--server-side", "-f", "-", stdin=written)
    kubectl.done("rollout", "restart", "deployment", "rolled")
    kubectl.done("rollout", "status", "deployment", "rolled", "--timeout=30s")
    revisions = kubectl.done("rollout", "history", "deployment", "rolled").splitlines()[2:]
    assert [line.split()[0] for line in revisions if line] == ["1", "2"]
    kubectl.done("delete", "deployment", "rolled")


def test_can_i_answers_for_both_identities(kubectl: Tool) -> None:
    assert kubectl.done("auth", "can-i", "patch", "hpa") == "yes\n"
    assert kubectl("auth", "can-i", "patch", "hpa", "--as=nobody").out == "no\n"
    everything = ("create", "clusterrolebinding", "all", "--clusterrole=cluster-admin")
    kubectl.done(*everything, "--user=somebody")
    assert kubectl.done("auth", "can-i", "patch", "hpa", "--as=somebody") == "yes\n"
    kubectl.done("delete", "clusterrolebinding", "all")
    viewer = kubectl("--context=sandbox-viewer", "auth", "can-i", "patch", "hpa")
    assert (viewer.code, viewer.out) == (1, "no\n")
    refused = kubectl("--context=sandbox-viewer", "get", "pods")
    assert 'cannot list resource "pods" in API group "" in the namespace "default"' in refused.err


def test_api_resources_lists_kinds_with_their_short_names(kubectl: Tool) -> None:
    rows = [line.split() for line in kubectl.done("api-resources").splitlines()]
    hpa = ["horizontalpodautoscalers", "hpa", "autoscaling/v2", "true", "HorizontalPodAutoscaler"]
    assert hpa in rows
    assert any(row[0] == "podmonitorings" for row in rows)


def test_explain_knows_the_structure(kubectl: Tool) -> None:
    assert "maxReplicas\t<integer> -required-" in kubectl.done("explain", "hpa.spec")


def test_create_makes_the_everyday_objects(kubectl: Tool) -> None:
    kubectl.done("create", "namespace", "lab")
    kubectl.done("create", "-n", "lab", "configmap", "settings", "--from-literal=a=b")
    kubectl.done("create", "-n", "lab", "secret", "generic", "key", "--from-literal=k=v")
    kubectl.done("create", "-n", "lab", "serviceaccount", "robot")
    kubectl.done("create", "-n", "lab", "role", "reader", "--verb=get", "--resource=pods")
    binding = ("rolebinding", "robot-reads", "--role=reader", "--serviceaccount=lab:robot")
    kubectl.done("create", "-n", "lab", *binding)
    kubectl.done("create", "-n", "lab", "deployment", "site", "--image=example/none:1")
    secret = ("get", "-n", "lab", "secret", "key", "-o", "jsonpath={.data.k}")
    assert kubectl.done(*secret) == "dg=="
    kubectl.done("delete", "namespace", "lab", "--timeout=30s")
    assert kubectl("get", "-n", "lab", "deployment", "site").code == 1


def test_delete_waits_until_it_is_gone(kubectl: Tool, web: str) -> None:
    assert kubectl.done("delete", "hpa", web).startswith(
        'horizontalpodautoscaler.autoscaling "web" deleted'
    )
    assert "NotFound" in kubectl("get", "hpa", web).err
