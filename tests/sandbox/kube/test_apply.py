"""Server-side apply: who owns what, who gives up what, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.kube.serving import (
    APPLY,
    DEPLOYMENTS,
    HPAS,
    JSON_PATCH,
    POD_MONITORINGS,
    STRATEGIC,
    autoscaler,
    config_map,
    deployment,
    owners,
)

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from tests.sandbox.kube.serving import Answer, Client

CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"
WEB = f"{DEPLOYMENTS}/web"


def container(name: str, **fields: Any) -> Json:
    return {"name": name, "image": "example/none:1", **fields}


def pod_spec(answer: Answer) -> Json:
    assert answer.status in (200, 201), answer.body
    spec: Json = answer.body["spec"]["template"]["spec"]
    return spec


def names(answer: Answer) -> list[str]:
    return [each["name"] for each in pod_spec(answer)["containers"]]


def test_a_field_given_up_goes_when_nobody_else_owns_it(admin: Client) -> None:
    admin.apply(f"{CONFIG_MAPS}/settings", config_map(a="1", b="2"))
    answer = admin.apply(f"{CONFIG_MAPS}/settings", config_map(a="1"))
    assert answer.body["data"] == {"a": "1"}


def test_a_field_given_up_stays_while_another_applier_owns_it(admin: Client) -> None:
    admin.apply(f"{CONFIG_MAPS}/settings", config_map(a="1", b="2"), "one")
    admin.apply(f"{CONFIG_MAPS}/settings", config_map(b="2"), "two")
    answer = admin.apply(f"{CONFIG_MAPS}/settings", config_map(a="1"), "one")
    assert answer.body["data"] == {"a": "1", "b": "2"}
    assert owners(answer.body) == {
        "one": {"f:data": {"f:a": {}}},
        "two": {"f:data": {"f:b": {}}},
    }


def test_an_update_takes_ownership_and_then_stands_in_the_way(admin: Client) -> None:
    admin.apply(f"{HPAS}/web", autoscaler(maxReplicas=2), "one")
    updated = admin.patch(f"{HPAS}/web", {"spec": {"maxReplicas": 9}})
    assert "f:maxReplicas" not in owners(updated.body)["one"]["f:spec"]
    assert owners(updated.body)["tests"] == {"f:spec": {"f:maxReplicas": {}}}
    refused = admin.apply(f"{HPAS}/web", autoscaler(maxReplicas=2), "one")
    assert refused.status == 409
    assert refused.message == (
        'Apply failed with 1 conflict: conflict with "tests" using autoscaling/v2: '
        ".spec.maxReplicas"
    )


def test_several_conflicts_are_listed_by_manager(admin: Client) -> None:
    admin.apply(f"{HPAS}/web", autoscaler(minReplicas=1, maxReplicas=2), "one")
    admin.patch(f"{HPAS}/web?fieldManager=two", {"metadata": {"labels": {"x": "y"}}})
    wanted = autoscaler(minReplicas=2, maxReplicas=3)
    wanted["metadata"]["labels"] = {"x": "z"}
    refused = admin.apply(f"{HPAS}/web", wanted, "three")
    assert refused.message == (
        "Apply failed with 3 conflicts: "
        'conflicts with "one":\n- .spec.maxReplicas\n- .spec.minReplicas\n'
        'conflicts with "two" using autoscaling/v2:\n- .metadata.labels.x'
    )
    assert {cause["reason"] for cause in refused.body["details"]["causes"]} == {
        "FieldManagerConflict"
    }


def test_agreeing_on_a_value_is_no_conflict_but_shared_ownership(admin: Client) -> None:
    admin.apply(f"{HPAS}/web", autoscaler(maxReplicas=2), "one")
    shared = admin.apply(f"{HPAS}/web", autoscaler(maxReplicas=2), "two")
    assert shared.status == 200
    assert "f:maxReplicas" in owners(shared.body)["one"]["f:spec"]
    assert "f:maxReplicas" in owners(shared.body)["two"]["f:spec"]


def test_containers_are_merged_by_name_and_keep_the_order_asked_for(admin: Client) -> None:
    admin.apply(WEB, deployment("web", container("a"), container("b")), "one")
    answer = admin.apply(WEB, deployment("web", container("c"), container("a")), "two")
    assert names(answer) == ["c", "a", "b"]


def test_a_containers_port_is_known_by_number_and_protocol(admin: Client) -> None:
    ports = [{"containerPort": 80}, {"containerPort": 80, "protocol": "UDP"}]
    answer = admin.apply(WEB, deployment("web", container("a", ports=ports)), "one")
    assert len(pod_spec(answer)["containers"][0]["ports"]) == 2
    answer = admin.apply(WEB, deployment("web", container("a", ports=ports[:1])), "one")
    assert pod_spec(answer)["containers"][0]["ports"] == [{"containerPort": 80, "protocol": "TCP"}]


def test_an_item_given_up_goes_with_the_defaults_inside_it(admin: Client) -> None:
    admin.apply(WEB, deployment("web", container("a"), container("b")), "one")
    assert names(admin.apply(WEB, deployment("web", container("a")), "one")) == ["a"]


def test_a_struct_given_up_goes_with_its_defaults(admin: Client) -> None:
    behavior = {"scaleDown": {"stabilizationWindowSeconds": 60}}
    admin.apply(f"{HPAS}/web", autoscaler(behavior=behavior))
    answer = admin.apply(f"{HPAS}/web", autoscaler())
    assert "behavior" not in answer.body["spec"]


def test_an_item_of_another_owner_survives_and_so_do_others_fields_in_a_shared_one(
    admin: Client,
) -> None:
    limits = {"limits": {"cpu": "2"}}
    admin.apply(WEB, deployment("web", container("a")), "one")
    admin.apply(WEB, deployment("web", container("a", resources=limits)), "two")
    answer = admin.apply(WEB, deployment("web", container("a"), container("b")), "one")
    assert names(answer) == ["a", "b"]
    assert pod_spec(answer)["containers"][0]["resources"] == limits


def test_a_set_is_owned_value_by_value(admin: Client) -> None:
    def monitoring(*labels: str) -> Json:
        return {
            "apiVersion": "monitoring.googleapis.com/v1",
            "kind": "PodMonitoring",
            "metadata": {"name": "web"},
            "spec": {
                "selector": {"matchLabels": {"app": "web"}},
                "endpoints": [{"port": 9100, "interval": "15s"}],
                "targetLabels": {"metadata": list(labels)},
            },
        }

    path = f"{POD_MONITORINGS}/web"
    admin.apply(path, monitoring("pod"), "one")
    answer = admin.apply(path, monitoring("pod", "node"), "two")
    assert answer.body["spec"]["targetLabels"]["metadata"] == ["pod", "node"]
    answer = admin.apply(path, monitoring("node"), "two")
    assert answer.body["spec"]["targetLabels"]["metadata"] == ["pod", "node"]
    answer = admin.apply(path, monitoring("container"), "one")
    assert set(answer.body["spec"]["targetLabels"]["metadata"]) == {"node", "container"}


def test_metrics_are_one_atomic_list(admin: Client) -> None:
    admin.apply(f"{HPAS}/web", autoscaler(), "one")
    changed = autoscaler()
    changed["spec"]["metrics"][0]["external"]["target"]["averageValue"] = "20"
    refused = admin.apply(f"{HPAS}/web", changed, "two")
    assert [field for field, _ in refused.causes] == [".spec.metrics"]


def test_nothing_changes_where_nothing_new_is_said(admin: Client) -> None:
    first = admin.apply(f"{HPAS}/web", autoscaler())
    written = autoscaler()
    written["spec"]["metrics"][0]["external"]["target"]["averageValue"] = 10
    again = admin.apply(f"{HPAS}/web", written)
    assert again.body == first.body


def test_a_dry_run_shows_everything_and_stores_nothing(admin: Client) -> None:
    tried = admin.apply(f"{HPAS}/web", autoscaler(), dryRun="All")
    assert (tried.status, tried.body["spec"]["maxReplicas"]) == (201, 2)
    assert "resourceVersion" not in tried.body["metadata"]
    assert admin.get(f"{HPAS}/web").status == 404


def test_a_controllers_status_belongs_to_nobody_who_applies(admin: Client) -> None:
    applied = {**autoscaler(), "status": {"desiredReplicas": 7, "currentReplicas": 7}}
    answer = admin.apply(f"{HPAS}/web", applied)
    assert answer.body["status"] == {"currentMetrics": None, "desiredReplicas": 0}
    assert "f:status" not in owners(answer.body)["tests"]


def test_the_status_can_be_applied_as_a_subresource(admin: Client) -> None:
    admin.apply(f"{HPAS}/web", autoscaler(), "one")
    status = {"desiredReplicas": 7, "currentMetrics": None}
    answer = admin.apply(f"{HPAS}/web/status", {**autoscaler(), "status": status}, "two")
    assert answer.body["status"]["desiredReplicas"] == 7
    assert owners(answer.body)["two/status"]["f:status"]["f:desiredReplicas"] == {}
    assert owners(answer.body).keys() == {"one", "two/status"}


def test_an_unsaid_default_belongs_to_nobody(admin: Client) -> None:
    answer = admin.apply(WEB, deployment())
    assert "f:replicas" not in owners(answer.body)["tests"]["f:spec"]
    scaled = admin.patch(f"{WEB}/scale?fieldManager=hpa", {"spec": {"replicas": 5}})
    assert scaled.status == 200
    assert admin.apply(WEB, deployment(minReadySeconds=3)).body["spec"]["replicas"] == 5


def test_scale_takes_the_replicas_from_who_applied_them(admin: Client) -> None:
    admin.apply(WEB, deployment(replicas=1), "one")
    admin.patch(f"{WEB}/scale?fieldManager=hpa", {"spec": {"replicas": 5}})
    found = admin.get(WEB).body
    assert "f:replicas" not in owners(found)["one"]["f:spec"]
    assert owners(found)["hpa/scale"] == {"f:spec": {"f:replicas": {}}}
    refused = admin.apply(WEB, deployment(replicas=1), "one")
    assert refused.causes == [
        (".spec.replicas", 'conflict with "hpa" with subresource "scale" using apps/v1')
    ]


def test_force_takes_everything_over(admin: Client) -> None:
    admin.apply(f"{HPAS}/web", autoscaler(maxReplicas=2), "one")
    answer = admin.apply(f"{HPAS}/web", autoscaler(maxReplicas=3), "two", force="true")
    assert answer.body["spec"]["maxReplicas"] == 3
    assert "f:maxReplicas" not in owners(answer.body)["one"]["f:spec"]


def test_a_manager_who_owns_nothing_any_more_is_forgotten(admin: Client) -> None:
    admin.apply(f"{CONFIG_MAPS}/settings", config_map(a="1"), "one")
    admin.apply(f"{CONFIG_MAPS}/settings", config_map(a="2"), "two", force="true")
    found = admin.get(f"{CONFIG_MAPS}/settings").body
    assert owners(found).keys() == {"two"}


def test_a_removed_field_is_taken_from_its_owners(admin: Client) -> None:
    admin.apply(f"{CONFIG_MAPS}/settings", config_map(a="1", b="2"), "one")
    removal = [{"op": "remove", "path": "/data/b"}]
    answer = admin.patch(f"{CONFIG_MAPS}/settings", removal, JSON_PATCH)
    assert owners(answer.body) == {"one": {"f:data": {"f:a": {}}}}


def test_yaml_is_what_apply_reads(admin: Client) -> None:
    text = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: settings}\ndata: {day: '2026-01-01'}"
    answer = admin.request("PATCH", f"{CONFIG_MAPS}/settings?fieldManager=x", text, APPLY)
    assert answer.body["data"] == {"day": "2026-01-01"}


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"maxReplicas": "two"}, ".spec.maxReplicas: expected numeric (int or float), got string"),
        (
            {"scaleTargetRef": "web"},
            ".spec.scaleTargetRef: expected map, got &{web}",
        ),
        (
            {"scaleTargetRef": {"kind": "Deployment", "name": 5}},
            ".spec.scaleTargetRef.name: expected string, got &value.valueUnstructured{Value:5}",
        ),
        (
            {"metrics": {"type": "External"}},
            ".spec.metrics: expected list, got &{map[type:External]}",
        ),
        ({"metrics": [{"typ": "x"}]}, ".spec.metrics[0].typ: field not declared in schema"),
    ],
)
def test_a_configuration_of_the_wrong_shape_is_a_500(
    admin: Client, spec: Json, problem: str
) -> None:
    refused = admin.apply(f"{HPAS}/web", autoscaler(**spec))
    assert (refused.status, refused.reason) == (500, "")
    assert refused.message == (
        "failed to create typed patch object (default/web; autoscaling/v2, "
        f"Kind=HorizontalPodAutoscaler): {problem}"
    )


def test_all_problems_of_shape_are_told_at_once(admin: Client) -> None:
    refused = admin.apply(f"{HPAS}/web", autoscaler(nosuch=1, neither=2))
    assert refused.message.endswith(
        "errors:\n  .spec.nosuch: field not declared in schema"
        "\n  .spec.neither: field not declared in schema"
    )


def test_an_item_twice_or_without_its_key_is_a_500(admin: Client) -> None:
    twice = admin.apply(WEB, deployment("web", container("a"), container("a")))
    assert twice.message.endswith(
        '.spec.template.spec.containers: duplicate entries for key [name="a"]'
    )
    nameless = admin.apply(WEB, deployment("web", {"image": "x"}))
    assert nameless.message.endswith(
        ".spec.template.spec.containers: element 0: associative list with keys has an element "
        'that omits key field "name" (and doesn\'t have default value)'
    )


def test_a_configuration_says_what_it_is(admin: Client) -> None:
    versionless = {**autoscaler(), "apiVersion": "autoscaling/v1"}
    refused = admin.apply(f"{HPAS}/web", versionless)
    assert (refused.status, refused.message) == (
        400,
        "Incorrect version specified in apply patch. Specified patch version: autoscaling/v1, "
        "expected: autoscaling/v2",
    )
    refused = admin.apply(f"{HPAS}/web", {**autoscaler(), "kind": "Autoscaler"})
    assert refused.status == 500
    assert refused.message.endswith("no corresponding type for autoscaling/v2, Kind=Autoscaler")


def test_managed_fields_are_not_for_the_client_to_say(admin: Client) -> None:
    config = autoscaler()
    config["metadata"]["managedFields"] = [{"manager": "me"}]
    refused = admin.apply(f"{HPAS}/web", config)
    assert (refused.status, refused.message) == (400, "metadata.managedFields must be nil")


def test_a_version_makes_apply_conditional(admin: Client) -> None:
    first = admin.apply(f"{HPAS}/web", autoscaler())
    admin.patch(f"{HPAS}/web", {"metadata": {"labels": {"a": "b"}}})
    config = autoscaler(maxReplicas=4)
    config["metadata"]["resourceVersion"] = first.body["metadata"]["resourceVersion"]
    refused = admin.apply(f"{HPAS}/web", config)
    assert (refused.status, refused.reason) == (409, "Conflict")
    assert "the object has been modified" in refused.message


def test_an_object_made_for_another_one_is_refused(admin: Client) -> None:
    config = autoscaler()
    config["metadata"]["uid"] = "1-2-3"
    refused = admin.apply(f"{HPAS}/web", config)
    assert refused.status == 409
    assert "uid mismatch: the provided object specified uid 1-2-3" in refused.message


def test_another_name_or_namespace_than_the_urls_is_refused(admin: Client) -> None:
    other_name = admin.apply(f"{HPAS}/web", autoscaler("other"))
    assert other_name.message == (
        "the name of the object (other) does not match the name on the URL (web)"
    )
    config = autoscaler()
    config["metadata"]["namespace"] = "kube-system"
    assert admin.apply(f"{HPAS}/web", config).message == (
        "the namespace of the object (kube-system) does not match the namespace on the URL "
        "(default)"
    )


def test_a_strategic_patch_owns_what_it_changed(admin: Client) -> None:
    admin.create(DEPLOYMENTS, deployment())
    change = {"spec": {"template": {"spec": {"containers": [container("c", image="b:2")]}}}}
    answer = admin.patch(f"{WEB}?fieldManager=two", change, STRATEGIC)
    assert owners(answer.body)["two"] == {
        "f:spec": {"f:template": {"f:spec": {"f:containers": {'k:{"name":"c"}': {"f:image": {}}}}}}
    }


def test_ownership_can_be_forgotten_and_is_nobodys_until_somebody_applies(admin: Client) -> None:
    path = f"{CONFIG_MAPS}/settings"
    admin.create(CONFIG_MAPS, config_map(a="1"))
    forgotten = admin.patch(path, {"metadata": {"managedFields": [{}]}})
    assert (forgotten.status, "managedFields" in forgotten.body["metadata"]) == (200, False)
    changed = admin.patch(path, {"data": {"a": "2"}})
    assert "managedFields" not in changed.body["metadata"]
    refused = admin.apply(path, config_map(a="3"))
    assert refused.message == (
        'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.a'
    )
    agreed = admin.apply(path, config_map(a="2"), "me")
    assert owners(agreed.body) == {
        "before-first-apply": {"f:data": {".": {}, "f:a": {}}},
        "me": {"f:data": {"f:a": {}}},
    }


def test_entries_nobody_can_read_are_not_taken(admin: Client) -> None:
    admin.create(CONFIG_MAPS, config_map(a="1"))
    strange = {"metadata": {"managedFields": [{"manager": "x"}]}, "data": {"a": "2"}}
    changed = admin.patch(f"{CONFIG_MAPS}/settings", strange)
    assert owners(changed.body) == {"tests": {"f:data": {".": {}, "f:a": {}}}}


def test_yaml_that_gives_a_key_twice_is_refused_when_the_client_is_strict(admin: Client) -> None:
    text = "apiVersion: v1\nkind: ConfigMap\ndata:\n  a: '1'\n  a: '2'\n"
    refused = admin.apply(f"{CONFIG_MAPS}/settings", text, fieldValidation="Strict")
    assert (refused.status, refused.message) == (
        400,
        "error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n"
        '  line 5: key "a" already set in map',
    )
    assert admin.apply(f"{CONFIG_MAPS}/settings", text).body["data"] == {"a": "2"}
