"""Projects and their IAM policies, through the Resource Manager API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.cloud import resourcemanager_v3
from google.iam.v1 import iam_policy_pb2, options_pb2

from jetscale_tui.cloud import policy as editing
from jetscale_tui.cloud.bindings import BUDGET_SECONDS, PolicyChanger
from jetscale_tui.cloud.calls import RESOURCE_MANAGER, Call, in_project
from jetscale_tui.domain.google import Project
from jetscale_tui.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from google.iam.v1 import policy_pb2

    from jetscale_tui.cloud.session import Session
    from jetscale_tui.domain.google import Policy

_PERMISSIONS_A_CALL = 100


class Projects:
    """Reading projects, reading and changing their policies."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def search(self) -> list[Project]:
        """Active projects the identity can see, by id."""
        call = Call("list the projects you can see", RESOURCE_MANAGER)
        request = resourcemanager_v3.SearchProjectsRequest(query="state:ACTIVE")
        found = self._session.read_all(call, self._client.search_projects, request)
        return sorted((_project(message) for message in found), key=lambda item: item.project_id)

    def get(self, project_id: str) -> Project:
        """One project; NotFound when it is being deleted."""
        call = Call(
            f"read project {project_id}",
            RESOURCE_MANAGER,
            "resourcemanager.projects.get",
            project_id,
        )
        request = resourcemanager_v3.GetProjectRequest(name=f"projects/{project_id}")
        message = self._session.read(call, self._client.get_project, request)
        if message.state is not resourcemanager_v3.Project.State.ACTIVE:
            raise NotFound(
                f"Project {project_id} is being deleted.",
                why=f"Its state is {message.state.name}.",
                fix=f"Choose another project, or run: gcloud projects undelete {project_id}",
            )
        return _project(message)

    def allowed(self, project_id: str, permissions: Iterable[str]) -> frozenset[str]:
        """Those of the permissions the identity holds on the project."""
        call = in_project(project_id, "test the permissions", RESOURCE_MANAGER, "")
        names = sorted(set(permissions))
        held: set[str] = set()
        for start in range(0, len(names), _PERMISSIONS_A_CALL):
            request = iam_policy_pb2.TestIamPermissionsRequest(
                resource=f"projects/{project_id}",
                permissions=names[start : start + _PERMISSIONS_A_CALL],
            )
            answer = self._session.read(call, self._client.test_iam_permissions, request)
            held.update(answer.permissions)
        return frozenset(held)

    def policy(self, project_id: str) -> Policy:
        """The project's policy, as far as the domain cares."""
        return editing.as_read(self._read_policy(project_id))

    def changer(
        self,
        project_id: str,
        *,
        budget: float = BUDGET_SECONDS,
        young: Callable[[], Collection[str]] = tuple,
    ) -> PolicyChanger:
        """What changes the project's policy safely; the options are those of PolicyChanger."""

        def write(policy: policy_pb2.Policy) -> object:
            request = iam_policy_pb2.SetIamPolicyRequest(
                resource=f"projects/{project_id}", policy=policy
            )
            return self._session.write(self._client.set_iam_policy, request)

        call = in_project(
            project_id,
            "change the IAM policy",
            RESOURCE_MANAGER,
            "resourcemanager.projects.setIamPolicy",
        )
        return PolicyChanger(
            self._session,
            lambda: self._read_policy(project_id),
            write,
            call,
            budget=budget,
            young=young,
        )

    def _read_policy(self, project_id: str) -> policy_pb2.Policy:
        call = in_project(
            project_id,
            "read the IAM policy",
            RESOURCE_MANAGER,
            "resourcemanager.projects.getIamPolicy",
        )
        request = iam_policy_pb2.GetIamPolicyRequest(
            resource=f"projects/{project_id}",
            options=options_pb2.GetPolicyOptions(requested_policy_version=editing.POLICY_VERSION),
        )
        return self._session.read(call, self._client.get_iam_policy, request)

    @property
    def _client(self) -> resourcemanager_v3.ProjectsClient:
        return self._session.client(resourcemanager_v3.ProjectsClient)


def _project(message: resourcemanager_v3.Project) -> Project:
    return Project(
        project_id=message.project_id,
        number=message.name.removeprefix("projects/"),
        name=message.display_name,
    )
