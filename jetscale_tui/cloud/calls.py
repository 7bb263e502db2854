"""What a call to Google is for, in words and permissions; errors are written from it."""

from __future__ import annotations

from dataclasses import dataclass

READ_SECONDS = 7.0
"""Deadline of a read, its retries included."""

WRITE_SECONDS = 20.0
"""Deadline of one write; writes are never repeated blindly."""

RESOURCE_MANAGER = "cloudresourcemanager.googleapis.com"
CONTAINER = "container.googleapis.com"
SERVICE_USAGE = "serviceusage.googleapis.com"
IAM = "iam.googleapis.com"
MONITORING = "monitoring.googleapis.com"


@dataclass(frozen=True, slots=True)
class Call:
    """One kind of request, for the sake of its error messages."""

    doing: str
    """What it is for, as it follows "Cannot": `read the IAM policy of project my-project`."""
    service: str
    """Host name of the API: `container.googleapis.com`."""
    permission: str = ""
    """The permission it needs; several Google services do not name it when they refuse."""
    project: str = ""
    """Project id it is about; empty when it is about none."""


def in_project(project_id: str, doing: str, service: str, permission: str) -> Call:
    """A call about one project."""
    return Call(f"{doing} of project {project_id}", service, permission, project_id)
