"""Refusals in the words and with the error details the Google services use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

if TYPE_CHECKING:
    from google.protobuf.message import Message

_TITLES = {
    "cloudresourcemanager.googleapis.com": "Cloud Resource Manager API",
    "container.googleapis.com": "Kubernetes Engine API",
    "iam.googleapis.com": "Identity and Access Management (IAM) API",
    "monitoring.googleapis.com": "Cloud Monitoring API",
    "serviceusage.googleapis.com": "Service Usage API",
}


class Refusal(Exception):
    """A call ends with this status instead of an answer."""

    def __init__(self, code: grpc.StatusCode, message: str, *details: Message) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details

    def status(self) -> grpc.Status:
        """As gRPC carries it: code, message, and the details in the trailing metadata."""
        packed = []
        for detail in self.details:
            wrapped = any_pb2.Any()
            wrapped.Pack(detail)
            packed.append(wrapped)
        number, _ = self.code.value
        return rpc_status.to_status(
            status_pb2.Status(code=number, message=self.message, details=packed)
        )


def error_info(reason: str, domain: str, **metadata: str) -> error_details_pb2.ErrorInfo:
    """The machine-readable reason most services attach."""
    return error_details_pb2.ErrorInfo(reason=reason, domain=domain, metadata=metadata)


def unauthenticated(reason: str) -> Refusal:
    """No token, or one that is not valid; the reason is `CREDENTIALS_MISSING` or such."""
    message = (
        "Request is missing required authentication credential. "
        if reason == "CREDENTIALS_MISSING"
        else "Request had invalid authentication credentials. "
    )
    return Refusal(
        grpc.StatusCode.UNAUTHENTICATED,
        message + "Expected OAuth 2 access token, login cookie or other valid authentication "
        "credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
        error_info(reason, "googleapis.com"),
    )


def service_disabled(service: str, project_number: str) -> Refusal:
    """The API itself is not enabled in the project."""
    url = (
        f"https://console.developers.google.com/apis/api/{service}/overview"
        f"?project={project_number}"
    )
    return Refusal(
        grpc.StatusCode.PERMISSION_DENIED,
        f"{_TITLES.get(service, service)} has not been used in project {project_number} before or "
        f"it is disabled. Enable it by visiting {url} then retry. If you enabled this API "
        "recently, wait a few minutes for the action to propagate to our systems and retry.",
        error_info(
            "SERVICE_DISABLED",
            "googleapis.com",
            service=service,
            serviceTitle=_TITLES.get(service, service),
            consumer=f"projects/{project_number}",
            containerInfo=project_number,
            activationUrl=url,
        ),
    )


def organisation_policy(constraint: str, member: str, project_id: str) -> Refusal:
    """A member that a constraint of the organisation keeps out of the policy."""
    email = member.partition(":")[2]
    failure = error_details_pb2.PreconditionFailure()
    failure.violations.add(
        type=f"constraints/{constraint}",
        subject=f"orgpolicy:projects/{project_id}?configvalue={email}",
        description=f"User {email} is not in permitted organization.",
    )
    return Refusal(
        grpc.StatusCode.FAILED_PRECONDITION,
        "One or more users named in the policy do not belong to a permitted customer.",
        failure,
    )
