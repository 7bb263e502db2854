"""google.cloud.resourcemanager.v3.Projects: the project and its IAM policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
from google.cloud import resourcemanager_v3
from google.iam.v1 import iam_policy_pb2, policy_pb2

from jetscale_tui.sandbox.google import policies
from jetscale_tui.sandbox.google.status import Refusal, error_info

if TYPE_CHECKING:
    from jetscale_tui.sandbox.google.state import GoogleState
    from jetscale_tui.sandbox.google.wire import Method

API = "cloudresourcemanager.googleapis.com"


def methods(state: GoogleState) -> list[Method]:
    """What the gRPC service is called with."""
    projects = Projects(state)
    return [
        projects.get_project,
        projects.search_projects,
        projects.get_iam_policy,
        projects.set_iam_policy,
        projects.test_iam_permissions,
    ]


class Projects:
    """The methods, one project known."""

    def __init__(self, state: GoogleState) -> None:
        self._state = state

    def get_project(
        self, request: resourcemanager_v3.GetProjectRequest
    ) -> resourcemanager_v3.Project:
        """A project by id or number; one that does not exist looks like a forbidden one."""
        self._known(request.name, "resourcemanager.projects.get")
        return self._message()

    def search_projects(
        self, request: resourcemanager_v3.SearchProjectsRequest
    ) -> resourcemanager_v3.SearchProjectsResponse:
        """Projects the account may get; nothing found is an empty answer, never an error."""
        visible = self._state.allowed("resourcemanager.projects.get")
        matches = not request.query or "state:ACTIVE" in request.query.replace(" ", "")
        return resourcemanager_v3.SearchProjectsResponse(
            projects=[self._message()] if visible and matches else []
        )

    def get_iam_policy(self, request: iam_policy_pb2.GetIamPolicyRequest) -> policy_pb2.Policy:
        """The policy, conditions included from version 3 on."""
        self._policy_access(request.resource, "resourcemanager.projects.getIamPolicy")
        return self._state.policy.read(request.options.requested_policy_version)

    def set_iam_policy(self, request: iam_policy_pb2.SetIamPolicyRequest) -> policy_pb2.Policy:
        """Replace the policy if its etag is still the stored one."""
        self._policy_access(request.resource, "resourcemanager.projects.setIamPolicy")
        return policies.store(self._state, self._state.policy, request.policy)

    def test_iam_permissions(
        self, request: iam_policy_pb2.TestIamPermissionsRequest
    ) -> iam_policy_pb2.TestIamPermissionsResponse:
        """Those of the permissions the account holds; asking is free."""
        if len(request.permissions) > 100:
            raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, "Too many permissions specified.")
        if not self._is_ours(request.resource):
            return iam_policy_pb2.TestIamPermissionsResponse()
        return iam_policy_pb2.TestIamPermissionsResponse(
            permissions=[name for name in request.permissions if self._state.allowed(name)]
        )

    def _known(self, name: str, permission: str) -> None:
        if self._is_ours(name) and self._state.allowed(permission):
            return
        resource = f"//{API}/{name}"
        raise Refusal(
            grpc.StatusCode.PERMISSION_DENIED,
            f"Permission '{permission}' denied on resource '{resource}' (or it may not exist).",
            error_info("IAM_PERMISSION_DENIED", API, permission=permission, resource=name),
        )

    def _policy_access(self, name: str, permission: str) -> None:
        # The policy methods of this service say neither which permission nor on what.
        if not (self._is_ours(name) and self._state.allowed(permission)):
            raise Refusal(grpc.StatusCode.PERMISSION_DENIED, "The caller does not have permission")

    def _is_ours(self, name: str) -> bool:
        project = self._state.project
        return name in (f"projects/{project.project_id}", f"projects/{project.number}")

    def _message(self) -> resourcemanager_v3.Project:
        project = self._state.project
        return resourcemanager_v3.Project(
            name=f"projects/{project.number}",
            project_id=project.project_id,
            display_name=project.name,
            state=resourcemanager_v3.Project.State.ACTIVE,
        )
