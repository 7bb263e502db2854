"""The scale subresource: read, replaced, patched, applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sandbox.kube.serving import DEPLOYMENTS, JSON_PATCH, deployment

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from tests.sandbox.kube.serving import Client

WEB = f"{DEPLOYMENTS}/web"
SCALE = f"{WEB}/scale"


class TestWritingAScale:
    @pytest.fixture(autouse=True)
    def stored(self, admin: Client) -> None:
        assert admin.create(DEPLOYMENTS, deployment(replicas=1)).status == 201

    def test_it_can_be_replaced(self, admin: Client) -> None:
        scale = admin.get(SCALE).body
        scale["spec"]["replicas"] = 4
        assert admin.request("PUT", SCALE, scale).body["spec"] == {"replicas": 4}
        stale = admin.request("PUT", SCALE, scale)
        assert (stale.status, stale.reason) == (409, "Conflict")

    def test_it_can_be_replaced_whatever_is_there(self, admin: Client) -> None:
        scale = {"metadata": {"name": "web"}, "spec": {"replicas": 4}}
        assert admin.request("PUT", SCALE, scale).body["spec"] == {"replicas": 4}
        assert admin.get(WEB).body["metadata"]["generation"] == 2

    def test_zero_is_left_out_as_go_does(self, admin: Client) -> None:
        replace = [{"op": "replace", "path": "/spec/replicas", "value": 0}]
        assert admin.patch(SCALE, replace, JSON_PATCH).body["spec"] == {}
        assert admin.get(WEB).body["spec"]["replicas"] == 0

    def test_it_can_be_tried(self, admin: Client) -> None:
        tried = admin.patch(f"{SCALE}?dryRun=All", {"spec": {"replicas": 9}})
        assert tried.body["spec"] == {"replicas": 9}
        assert admin.get(SCALE).body["spec"] == {"replicas": 1}

    def test_it_is_a_number_and_not_below_zero(self, admin: Client) -> None:
        many = {"spec": {"replicas": "many"}}
        words = "cannot unmarshal string into Go struct field ScaleSpec.spec.replicas of type int32"
        assert admin.patch(SCALE, many).causes[0][1].endswith(words)
        refused = admin.request("PUT", SCALE, {"metadata": {"name": "web"}, **many})
        assert (refused.status, refused.reason) == (400, "BadRequest")
        negative = admin.patch(SCALE, {"spec": {"replicas": -1}})
        assert negative.causes == [
            ("spec.replicas", "Invalid value: -1: must be greater than or equal to 0")
        ]

    @pytest.mark.parametrize(
        ("metadata", "message"),
        [
            (
                {"name": "other"},
                "the name of the object (other) does not match the name on the URL (web)",
            ),
            (
                {},
                "the name of the object (web based on URL) was undeterminable: name must be "
                "provided",
            ),
        ],
    )
    def test_it_says_whose_it_is(self, admin: Client, metadata: Json, message: str) -> None:
        refused = admin.request("PUT", SCALE, {"metadata": metadata, "spec": {"replicas": 2}})
        assert (refused.status, refused.message) == (400, message)

    def test_it_is_scaled_where_it_is(self, admin: Client) -> None:
        assert admin.get(f"{DEPLOYMENTS}/nosuch/scale").status == 404
        assert admin.delete(SCALE).status == 405


def scale(**spec: int) -> Json:
    """A Scale as somebody applies it."""
    return {
        "apiVersion": "autoscaling/v1",
        "kind": "Scale",
        "metadata": {"name": "web"},
        "spec": spec,
    }


class TestApplyingAScale:
    def test_it_owns_the_replicas_alone(self, admin: Client) -> None:
        admin.apply(WEB, deployment(), "one")
        applied = admin.apply(SCALE, scale(replicas=3), "two", force="true")
        assert (applied.status, applied.body["spec"]) == (200, {"replicas": 3})
        found = admin.get(WEB).body
        assert found["spec"]["replicas"] == 3
        entry = next(e for e in found["metadata"]["managedFields"] if e["manager"] == "two")
        assert (entry["operation"], entry["apiVersion"]) == ("Apply", "apps/v1")
        assert (entry["subresource"], entry["fieldsV1"]) == (
            "scale",
            {"f:spec": {"f:replicas": {}}},
        )

    def test_who_set_them_has_to_be_overridden(self, admin: Client) -> None:
        admin.apply(WEB, deployment(replicas=2), "one")
        refused = admin.apply(SCALE, scale(replicas=3), "two")
        assert (refused.status, refused.causes) == (
            409,
            [(".spec.replicas", 'conflict with "one"')],
        )
        forced = admin.apply(SCALE, scale(replicas=3), "two", force="true")
        assert forced.body["spec"] == {"replicas": 3}
        tried = admin.apply(SCALE, scale(replicas=4), "two", dryRun="All")
        assert tried.body["spec"] == {"replicas": 4}
        assert admin.get(SCALE).body["spec"] == {"replicas": 3}

    def test_it_has_to_be_a_scale(self, admin: Client) -> None:
        admin.create(DEPLOYMENTS, deployment())
        assert "expected: autoscaling/v1" in admin.apply(SCALE, deployment()).message
        refused = admin.apply(SCALE, {**scale(), "spec": {"nosuch": 1}})
        assert ".spec.nosuch: field not declared in schema" in refused.message
        assert admin.apply(SCALE, scale(replicas=-1)).causes == [
            ("spec.replicas", "Invalid value: -1: must be greater than or equal to 0")
        ]
