"""What the server fills in, and what it takes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jetscale_tui.sandbox.kube.shapes import rules, schema
from tests.sandbox.kube.serving import (
    DEPLOYMENTS,
    HPAS,
    POD_MONITORINGS,
    autoscaler,
    deployment,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.domain.kinds import Json
    from tests.sandbox.kube.serving import Client

SERVICES = "/api/v1/namespaces/default/services"


def made_pod(admin: Client, *containers: Json, **spec: Any) -> Json:
    body = deployment("web", *containers)
    body["spec"]["template"]["spec"].update(spec)
    answer = admin.create(DEPLOYMENTS, body)
    assert answer.status == 201, answer.body
    template: Json = answer.body["spec"]["template"]["spec"]
    return template


class TestAutoscalers:
    """HorizontalPodAutoscalers."""

    def made(self, admin: Client, **spec: Any) -> Json:
        answer = admin.create(HPAS, autoscaler(**spec))
        found: Json = answer.body["spec"]
        return found

    def test_a_behavior_is_filled_up(self, admin: Client) -> None:
        spec = self.made(admin, behavior={"scaleDown": {"stabilizationWindowSeconds": 60}})
        percent = {"type": "Percent", "value": 100, "periodSeconds": 15}
        pods = {"type": "Pods", "value": 4, "periodSeconds": 15}
        assert spec["behavior"] == {
            "scaleDown": {
                "stabilizationWindowSeconds": 60,
                "selectPolicy": "Max",
                "policies": [percent],
            },
            "scaleUp": {
                "stabilizationWindowSeconds": 0,
                "selectPolicy": "Max",
                "policies": [pods, percent],
            },
        }

    def test_no_metrics_mean_cpu(self, admin: Client) -> None:
        spec = self.made(admin, metrics=[])
        assert spec["metrics"] == [
            {
                "type": "Resource",
                "resource": {
                    "name": "cpu",
                    "target": {"type": "Utilization", "averageUtilization": 80},
                },
            }
        ]

    def test_the_minimum_is_one(self, admin: Client) -> None:
        assert self.made(admin, minReplicas=None)["minReplicas"] == 1

    @pytest.mark.parametrize(
        ("written", "kept"),
        [(10, "10"), ("0.8", "800m"), ("1000m", "1"), (1.5, "1500m"), ("1024Mi", "1Gi")],
    )
    def test_quantities_become_canonical(self, admin: Client, written: Any, kept: str) -> None:
        target = {"type": "AverageValue", "averageValue": written}
        metric = {"type": "External", "external": {"metric": {"name": "m"}, "target": target}}
        spec = self.made(admin, metrics=[metric])
        assert spec["metrics"][0]["external"]["target"]["averageValue"] == kept


class TestPods:
    """Pods and their containers, as a Deployment describes them."""

    @pytest.mark.parametrize(
        ("image", "policy"),
        [
            ("nginx", "Always"),
            ("nginx:latest", "Always"),
            ("nginx:1.2", "IfNotPresent"),
            ("registry:5000/nginx", "Always"),
            ("nginx@sha256:abc", "IfNotPresent"),
        ],
    )
    def test_the_pull_policy_follows_the_tag(self, admin: Client, image: str, policy: str) -> None:
        pod = made_pod(admin, {"name": "c", "image": image})
        assert pod["containers"][0]["imagePullPolicy"] == policy

    def test_probes_and_volumes_are_filled_up(self, admin: Client) -> None:
        probe = {"httpGet": {"port": 80}}
        volumes = [{"name": "a"}, {"name": "b", "configMap": {"name": "c"}}]
        pod = made_pod(
            admin, {"name": "c", "image": "i:1", "readinessProbe": probe}, volumes=volumes
        )
        assert pod["containers"][0]["readinessProbe"] == {
            "httpGet": {"path": "/", "port": 80, "scheme": "HTTP"},
            "timeoutSeconds": 1,
            "periodSeconds": 10,
            "successThreshold": 1,
            "failureThreshold": 3,
        }
        assert pod["volumes"] == [
            {"name": "a", "emptyDir": {}},
            {"name": "b", "configMap": {"name": "c", "defaultMode": 420}},
        ]

    def test_the_old_name_of_the_service_account_is_kept_in_step(self, admin: Client) -> None:
        pod = made_pod(admin, serviceAccount="robot")
        assert (pod["serviceAccountName"], pod["serviceAccount"]) == ("robot", "robot")

    def test_limits_are_requests_where_a_pod_says_nothing_else(self, admin: Client) -> None:
        tpu = {"name": "c", "image": "i:1", "resources": {"limits": {"google.com/tpu": 8}}}
        body = {"metadata": {"name": "p"}, "spec": {"containers": [tpu]}}
        pod = admin.create("/api/v1/namespaces/default/pods", body).body
        assert pod["spec"]["containers"][0]["resources"]["requests"] == {"google.com/tpu": "8"}
        assert pod["status"]["phase"] == "Pending"

    def test_empty_and_null_fields_fall_out(self, admin: Client) -> None:
        empty: Json = {"args": [], "command": None, "workingDir": ""}
        pod = made_pod(admin, {"name": "c", "image": "i:1", **empty}, nodeSelector={})
        assert not pod["containers"][0].keys() & {"args", "command", "workingDir"}
        assert "nodeSelector" not in pod


class TestOtherWorkloads:
    """DaemonSets and ReplicaSets."""

    @pytest.mark.parametrize(
        ("plural", "expected"),
        [
            (
                "daemonsets",
                {
                    "revisionHistoryLimit": 10,
                    "updateStrategy": {
                        "type": "RollingUpdate",
                        "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0},
                    },
                },
            ),
            ("replicasets", {"replicas": 1}),
        ],
    )
    def test_they_are_filled_up(self, admin: Client, plural: str, expected: Json) -> None:
        body = {"metadata": {"name": "w"}, "spec": deployment()["spec"]}
        made = admin.create(f"/apis/apps/v1/namespaces/default/{plural}", body)
        assert made.status == 201, made.body
        assert made.body["spec"] == made.body["spec"] | expected
        assert made.body["spec"]["template"]["spec"]["dnsPolicy"] == "ClusterFirst"


class TestServices:
    """Services and their addresses."""

    def made(self, admin: Client, name: str = "web", **spec: Any) -> Json:
        body = {"metadata": {"name": name}, "spec": {"ports": [{"port": 80}], **spec}}
        found: Json = admin.create(SERVICES, body).body["spec"]
        return found

    def test_each_gets_an_address_of_its_own(self, admin: Client) -> None:
        first, second = self.made(admin), self.made(admin, "other")
        assert first["clusterIP"] != second["clusterIP"]
        assert first["clusterIPs"] == [first["clusterIP"]]
        assert first["ports"] == [{"port": 80, "protocol": "TCP", "targetPort": 80}]
        assert (first["type"], first["sessionAffinity"]) == ("ClusterIP", "None")

    def test_an_address_stays_when_a_replacement_leaves_it_out(self, admin: Client) -> None:
        address = self.made(admin)["clusterIP"]
        body = {"metadata": {"name": "web"}, "spec": {"ports": [{"port": 81}]}}
        replaced = admin.request("PUT", f"{SERVICES}/web", body)
        assert replaced.body["spec"]["clusterIP"] == address

    def test_a_headless_one_has_none(self, admin: Client) -> None:
        assert self.made(admin, clusterIP="None")["clusterIP"] == "None"

    def test_node_ports_are_handed_out_once(self, admin: Client) -> None:
        first = self.made(admin, type="NodePort")
        second = self.made(admin, "other", type="LoadBalancer")
        ports = {spec["ports"][0]["nodePort"] for spec in (first, second)}
        assert len(ports) == 2
        assert all(30000 <= port < 32768 for port in ports)
        assert second["allocateLoadBalancerNodePorts"] is True


class TestOthers:
    """The small ones."""

    def test_plain_secrets_are_encoded(self, admin: Client) -> None:
        body = {"metadata": {"name": "s"}, "data": {"a": "MQ=="}, "stringData": {"b": "2"}}
        made = admin.create("/api/v1/namespaces/default/secrets", body).body
        assert (made["type"], made["data"]) == ("Opaque", {"a": "MQ==", "b": "Mg=="})
        assert "stringData" not in made

    def test_bindings_name_their_api_group(self, admin: Client) -> None:
        subjects = [{"kind": "User", "name": "u"}, {"kind": "ServiceAccount", "name": "s"}]
        subjects[1]["namespace"] = "default"
        made = admin.create(
            "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
            {
                "metadata": {"name": "b"},
                "roleRef": {"kind": "ClusterRole", "name": "view"},
                "subjects": subjects,
            },
        ).body
        assert made["roleRef"]["apiGroup"] == "rbac.authorization.k8s.io"
        assert [s.get("apiGroup") for s in made["subjects"]] == ["rbac.authorization.k8s.io", None]

    def test_network_policies_say_what_they_are_about(self, admin: Client) -> None:
        path = "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies"
        rule = {"ports": [{"port": 443}]}
        body = {"metadata": {"name": "n"}, "spec": {"podSelector": {}, "ingress": [rule]}}
        spec = admin.create(path, body).body["spec"]
        assert spec["policyTypes"] == ["Ingress"]
        assert spec["ingress"][0]["ports"] == [{"port": 443, "protocol": "TCP"}]

    def test_custom_objects_take_the_defaults_of_their_schema(self, admin: Client) -> None:
        body = {
            "metadata": {"name": "pm"},
            "spec": {"selector": {}, "endpoints": [{"port": 1, "interval": "5s"}], "nosuch": 1},
        }
        made = admin.create(POD_MONITORINGS, body)
        assert made.body["spec"]["targetLabels"] == {
            "metadata": [
                "container",
                "pod",
                "top_level_controller_name",
                "top_level_controller_type",
            ]
        }
        assert "nosuch" not in made.body["spec"]
        assert made.headers["Warning"] == '299 - "unknown field \\"spec.nosuch\\""'


def test_every_rule_of_the_custom_kinds_is_translated() -> None:
    found = list(_rules(schema.document()["schemas"]))
    assert len(found) > 20
    for rule in found:
        assert callable(rules.predicate(rule["rule"]))
        assert rule.get("messageExpression") in (None, *rules.MESSAGES)


def _rules(value: Any) -> Iterator[Json]:
    if isinstance(value, dict):
        found = value.get("x-kubernetes-validations")
        if isinstance(found, list):
            yield from found
        for one in value.values():
            yield from _rules(one)
    elif isinstance(value, list):
        for one in value:
            yield from _rules(one)
