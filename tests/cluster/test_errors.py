"""What a person reads when a cluster refuses, judged by a real API server's answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jetscale_tui.cluster.errors import Asked, Expired, from_answer
from jetscale_tui.errors import (
    AuthError,
    Conflict,
    ExitCode,
    JetScaleError,
    NotFound,
    PermissionDenied,
    QuotaExceeded,
    Rejected,
    Unreachable,
)

EXCHANGES = Path(__file__).parents[1] / "data" / "kube" / "exchanges.json"
RECORDED: dict[str, Any] = {each["name"]: each for each in json.loads(EXCHANGES.read_text())}
REFUSALS = {name: each for name, each in RECORDED.items() if each["response"]["status"] >= 400}


def asked(path: str = "/api/v1/pods", method: str = "GET") -> Asked:
    return Asked(method, path, "https://10.0.0.1", "user ana (from plugin)", "Log in again.")


def error_of(name: str) -> JetScaleError:
    exchange = RECORDED[name]
    request, response = exchange["request"], exchange["response"]
    body = response["body"] if isinstance(response["body"], str) else json.dumps(response["body"])
    path = request["path"].partition("?")[0]
    return from_answer(response["status"], body, asked(path, request["method"]))


@pytest.mark.parametrize("name", sorted(REFUSALS))
def test_every_recorded_refusal_says_what_happened_and_keeps_the_servers_words(name: str) -> None:
    error = error_of(name)
    body = REFUSALS[name]["response"]["body"]
    assert error.what.endswith(".")
    assert "Status" not in error.what
    if isinstance(body, str):
        assert error.why == body.strip()
    else:
        assert error.why
        causes = body.get("details", {}).get("causes") or []
        assert error.why == body["message"] or causes


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("namespace-create-again-409", Conflict, "There already is namespaces rec."),
        (
            "hpa-missing-404",
            NotFound,
            "horizontalpodautoscalers.autoscaling nosuch in namespace rec",
        ),
        ("ssa-conflict-409", Conflict, "jetscale owns .spec.maxReplicas"),
        ("put-stale-409", Conflict, "horizontalpodautoscalers rec/rec-hpa changed meanwhile."),
        ("ssa-invalid-min-above-max-422", Rejected, "horizontalpodautoscalers rec/bad-hpa"),
        ("ssa-invalid-quantity", Rejected, "horizontalpodautoscalers rec/bad-hpa"),
        ("ssa-unknown-field-strict-400", Rejected, "does not accept"),
        ("podmonitoring-unknown-field-warning", Rejected, "podmonitorings rec/rec-pm4"),
        ("ssa-yaml-not-parsable-400", Rejected, "does not accept"),
        (
            "forbidden-403",
            PermissionDenied,
            "viewer may not list horizontalpodautoscalers.autoscaling in namespace rec.",
        ),
        ("unauthorized-401", AuthError, "refused the credentials of user ana (from plugin)"),
        ("apiservice-broken-use-503", Unreachable, "custom.metrics.k8s.io/v1beta2 does not answer"),
    ],
)
def test_recorded_refusals_become_the_right_error(
    name: str, kind: type[JetScaleError], words: str
) -> None:
    error = error_of(name)
    assert type(error) is kind
    assert words in error.what


def test_an_invalid_object_names_its_fields_and_no_placeholder() -> None:
    error = error_of("podmonitoring-ssa-invalid-422")
    assert error.why == "spec.endpoints[0].interval: Required value; " + (
        "spec.endpoints[0].port: Required value"
    )


def test_a_conflict_names_every_manager_with_its_fields() -> None:
    causes = [
        {"reason": "FieldManagerConflict", "field": field, "message": f'conflict with "{manager}"'}
        for manager, field in [("kubectl", ".spec.a"), ("helm", ".spec.b"), ("kubectl", ".spec.c")]
    ]
    status = {"kind": "Status", "reason": "Conflict", "details": {"causes": causes}}
    path = "/apis/apps/v1/namespaces/default/deployments/web"
    error = from_answer(409, json.dumps(status), asked(path, "PATCH"))
    assert error.what == (
        "Somebody else manages fields of deployments default/web: "
        "helm owns .spec.b; kubectl owns .spec.a, .spec.c."
    )


def test_expired_credentials_say_whose_they_are_and_how_to_renew_them() -> None:
    error = error_of("unauthorized-401")
    assert error.fix == "Log in again."


def test_a_missing_right_says_how_to_check_it() -> None:
    error = error_of("forbidden-403")
    assert "kubectl auth can-i list horizontalpodautoscalers.autoscaling -n rec" in error.fix


def status(code: int, reason: str, message: str) -> tuple[int, str]:
    return code, json.dumps({"kind": "Status", "reason": reason, "message": message})


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (status(403, "Forbidden", "exceeded quota: pods, used: 3"), QuotaExceeded, "quota"),
        (status(403, "Forbidden", 'admission webhook "x" denied'), PermissionDenied, "GET /api"),
        (status(410, "Expired", "too old resource version"), Expired, "forgotten"),
        (status(429, "TooManyRequests", "later"), Unreachable, "busy"),
        (status(504, "Timeout", "etcd"), Unreachable, "HTTP 504 Gateway Timeout"),
        (status(500, "InternalError", "panic"), JetScaleError, "HTTP 500 Internal Server Error"),
        ((404, "404 page not found\n"), NotFound, "does not serve /api/v1/pods"),
        ((599, ""), JetScaleError, "HTTP 599"),
    ],
)
def test_other_refusals_become_the_right_error(
    answer: tuple[int, str], kind: type[JetScaleError], words: str
) -> None:
    error = from_answer(*answer, asked())
    assert type(error) is kind
    assert words in error.what


def test_a_right_for_the_whole_cluster_says_so() -> None:
    message = 'User "bo" cannot list resource "nodes" in API group "" at the cluster scope'
    error = from_answer(*status(403, "Forbidden", message), asked())
    assert error.what == "bo may not list nodes in the whole cluster."
    assert "--all-namespaces" in error.fix


def test_nobody_at_all_is_a_matter_of_credentials() -> None:
    message = 'User "system:anonymous" cannot list resource "nodes" in API group ""'
    assert type(from_answer(*status(403, "Forbidden", message), asked())) is AuthError


def test_what_a_pod_answers_is_told_from_what_the_cluster_answers() -> None:
    path = "/api/v1/namespaces/default/pods/web-1:8000/proxy/generate"
    assert from_answer(503, "overloaded", asked(path, "POST")).what == (
        "HTTP 503 Service Unavailable"
    )
    missing = {"kind": "Status", "reason": "NotFound", "message": 'pods "web-1" not found'}
    assert isinstance(from_answer(404, json.dumps(missing), asked(path, "POST")), NotFound)


def test_only_an_unreachable_cluster_is_worth_trying_again() -> None:
    assert error_of("apiservice-broken-use-503").exit_code is ExitCode.UNREACHABLE
    assert error_of("forbidden-403").exit_code is ExitCode.FAILED
