"""What a person is told when Google refuses, fails or stays silent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from google.api_core import exceptions as api
from google.auth import exceptions as auth
from google.rpc import error_details_pb2

from jetscale_tui.cloud.calls import CONTAINER, Call
from jetscale_tui.cloud.channels import ca_bundle, proxy_options
from jetscale_tui.cloud.errors import translate
from jetscale_tui.errors import (
    AuthError,
    Conflict,
    JetScaleError,
    NotFound,
    PermissionDenied,
    QuotaExceeded,
    Rejected,
    Unreachable,
)
from jetscale_tui.sandbox.google.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jetscale_tui.cloud.client import GoogleCloud
    from jetscale_tui.sandbox.google.state import GoogleState

CALL = Call("list the clusters of project p", CONTAINER, "container.clusters.list", "p")
ANA = "ana@example.com"


def info(reason: str, **metadata: str) -> error_details_pb2.ErrorInfo:
    return error_details_pb2.ErrorInfo(reason=reason, domain="googleapis.com", metadata=metadata)


def denied(message: str, detail: error_details_pb2.ErrorInfo | None = None) -> Exception:
    details = [detail] if detail else []
    return api.PermissionDenied(message, details=details, error_info=detail)  # type: ignore[no-untyped-call]


PLUGIN = "Getting metadata from plugin failed with error: "


@pytest.mark.parametrize(
    ("kind", "words", "expected"),
    [
        (api.Unauthenticated, "x", AuthError),
        (api.NotFound, "x", NotFound),
        (api.Aborted, "x", Conflict),
        (api.AlreadyExists, "x", Conflict),
        (api.ResourceExhausted, "x", QuotaExceeded),
        (api.TooManyRequests, "x", QuotaExceeded),
        (api.FailedPrecondition, "x", Rejected),
        (api.InvalidArgument, "x", Rejected),
        (api.DeadlineExceeded, "x", Unreachable),
        (api.ServiceUnavailable, "x", Unreachable),
        (api.ServiceUnavailable, PLUGIN + "invalid_grant", AuthError),
        (api.ServiceUnavailable, PLUGIN + "TransportError", Unreachable),
        (api.InternalServerError, "x", Unreachable),
        (api.MethodNotImplemented, "x", JetScaleError),
        (auth.RefreshError, "invalid_grant: Token has been expired or revoked.", AuthError),
        (auth.ReauthFailError, "Reauthentication is needed", AuthError),
        (auth.DefaultCredentialsError, "none", AuthError),
        (auth.TransportError, "no route to host", Unreachable),
        (TimeoutError, "", Unreachable),
        (RuntimeError, "x", JetScaleError),
    ],
)
def test_every_failure_has_its_kind(
    kind: Callable[[str], Exception], words: str, expected: type[JetScaleError]
) -> None:
    assert type(translate(kind(words), CALL)) is expected


def test_retries_that_ran_out_tell_the_last_failure() -> None:
    cause = api.ServiceUnavailable("connection refused")  # type: ignore[no-untyped-call]
    error = translate(api.RetryError("Timeout of 8.0s", cause), CALL)  # type: ignore[no-untyped-call]
    assert isinstance(error, Unreachable)
    assert "connection refused" in error.why


def test_a_jetscale_error_passes_unchanged() -> None:
    error = NotFound("gone")
    assert translate(error, CALL) is error


@pytest.mark.parametrize(
    "refusal",
    [
        denied("No.", info("IAM_PERMISSION_DENIED", permission="container.clusters.list")),
        denied('Required "container.clusters.list" permission(s) for "projects/p".'),
        denied("Permission 'container.clusters.list' denied on resource (or it may not exist)."),
        denied("Permission container.clusters.list denied (or the resource may not exist)."),
        denied("The caller does not have permission"),
    ],
)
def test_the_permission_is_named_however_google_words_it(refusal: Exception) -> None:
    error = translate(refusal, CALL, ANA)
    assert isinstance(error, PermissionDenied)
    assert error.what == "Cannot list the clusters of project p."
    assert error.why.startswith("ana@example.com lacks container.clusters.list.")
    assert "roles/container.clusterViewer" in error.fix
    assert "--member=user:ana@example.com" in error.fix


def test_a_service_account_is_granted_as_one() -> None:
    error = translate(denied("No."), CALL, "robot@p.iam.gserviceaccount.com")
    assert "--member=serviceAccount:robot@p.iam.gserviceaccount.com" in error.fix


def test_without_a_known_identity_no_command_is_made_up() -> None:
    error = translate(denied("No."), CALL, "")
    assert error.why.startswith("This identity lacks container.clusters.list.")
    assert error.fix == "Ask an administrator of project p for roles/container.clusterViewer."


def test_credentials_without_a_quota_project_say_how_to_set_one() -> None:
    refusal = denied(
        "Kubernetes Engine API has not been used in project 764086051850 before",
        info("SERVICE_DISABLED", service=CONTAINER, consumer="projects/764086051850"),
    )
    error = translate(refusal, CALL, ANA)
    assert error.fix == "Run: gcloud auth application-default set-quota-project p"


def test_a_quota_project_one_may_not_use_is_named() -> None:
    refusal = denied("No.", info("USER_PROJECT_DENIED", consumer="projects/billing"))
    error = translate(refusal, CALL, ANA)
    assert "may not bill calls to project billing" in error.why
    assert "roles/serviceusage.serviceUsageConsumer" in error.fix
    assert "add-iam-policy-binding billing" in error.fix


@pytest.mark.parametrize(
    "refusal",
    [
        denied(
            "Request is disallowed by organization's constraints/gcp.restrictServiceUsage "
            "constraint for projects/p attempting to use service monitoring.googleapis.com."
        ),
        api.FailedPrecondition("Constraint constraints/gcp.restrictServiceUsage violated."),  # type: ignore[no-untyped-call]
        api.FailedPrecondition(  # type: ignore[no-untyped-call]
            "No.",
            details=[
                error_details_pb2.PreconditionFailure(
                    violations=[
                        {"type": "other"},
                        {"type": "constraints/gcp.restrictServiceUsage", "description": "Not it."},
                    ]
                )
            ],
        ),
    ],
    ids=["denied", "named", "detailed"],
)
def test_a_constraint_of_the_organisation_is_named_however_google_words_it(
    refusal: Exception,
) -> None:
    error = translate(refusal, CALL, ANA)
    assert isinstance(error, Rejected)
    assert "organisation policy constraint gcp.restrictServiceUsage forbids it" in error.why
    assert "constraints/gcp.restrictServiceUsage in project p" in error.fix


@pytest.mark.parametrize(
    "detail", [None, info("SECURITY_POLICY_VIOLATED", uid="abc-123")], ids=["words", "details"]
)
def test_a_perimeter_is_told_from_a_missing_permission(
    detail: error_details_pb2.ErrorInfo | None,
) -> None:
    words = "Request is prohibited by organization's policy."
    if detail is None:
        words += " vpcServiceControlsUniqueIdentifier: abc-123"
    error = translate(denied(words, detail), CALL, ANA)
    assert isinstance(error, PermissionDenied)
    assert "VPC Service Controls" in error.why
    assert "identifier abc-123" in error.fix
    assert "add-iam-policy-binding" not in error.fix


def test_no_fix_lets_a_project_name_escape_into_the_shell() -> None:
    call = Call("list the clusters", CONTAINER, "container.clusters.list", "p; rm -rf ~")
    for refusal in (denied("No."), denied("It", info("SERVICE_DISABLED"))):
        assert "'p; rm -rf ~'" in translate(refusal, call, ANA).fix


class TestOverTheWire:
    def test_a_hiccup_of_a_read_is_not_noticed(
        self, cloud: GoogleCloud, state: GoogleState
    ) -> None:
        state.faults.inject("ListClusters", Fault("UNAVAILABLE"))
        assert len(cloud.clusters("sandbox-project")) == 1

    def test_a_quota_is_told_as_one(self, cloud: GoogleCloud, state: GoogleState) -> None:
        words = "Quota exceeded for quota metric 'Read requests'"
        state.faults.inject("ListClusters", Fault("RESOURCE_EXHAUSTED", words))
        with pytest.raises(QuotaExceeded) as caught:
            cloud.clusters("sandbox-project")
        assert caught.value.why == words

    def test_an_internal_error_is_worth_trying_again(
        self, cloud: GoogleCloud, state: GoogleState
    ) -> None:
        state.faults.inject("ListClusters", Fault("INTERNAL", "An internal error occurred."))
        with pytest.raises(Unreachable, match="internal error"):
            cloud.clusters("sandbox-project")
        assert len(cloud.clusters("sandbox-project")) == 1


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, []),
        ({"HTTPS_PROXY": "http://p:1"}, [("grpc.http_proxy", "http://p:1")]),
        ({"HTTPS_PROXY": "http://p:1", "https_proxy": "http://p:1"}, []),
        (
            {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "localhost"},
            [("grpc.http_proxy", "http://p:1")],
        ),
        (
            {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "localhost, .googleapis.com"},
            [("grpc.enable_http_proxy", 0)],
        ),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "*"}, [("grpc.enable_http_proxy", 0)]),
    ],
)
def test_a_proxy_in_upper_case_is_used_as_other_tools_use_it(
    environment: dict[str, str], expected: list[tuple[str, object]]
) -> None:
    assert proxy_options(environment) == expected


def test_a_ca_bundle_is_read_where_a_variable_names_one(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_bytes(b"pem")
    assert ca_bundle({"SSL_CERT_FILE": str(bundle)}) == b"pem"
    assert ca_bundle({"REQUESTS_CA_BUNDLE": str(bundle)}) == b"pem"
    assert ca_bundle({"SSL_CERT_FILE": str(tmp_path / "nowhere")}) is None
    assert ca_bundle({}) is None
    assert ca_bundle({"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": "/x", "SSL_CERT_FILE": "/y"}) is None
