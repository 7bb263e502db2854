"""The smallest predefined role that brings a permission, for what to ask an administrator.

Source: the IAM roles and permissions index of Google Cloud; only permissions JetScale uses.
"""

from __future__ import annotations

_SMALLEST_ROLE = {
    "container.clusters.get": "roles/container.clusterViewer",
    "container.clusters.list": "roles/container.clusterViewer",
    "iam.serviceAccounts.create": "roles/iam.serviceAccountCreator",
    "iam.serviceAccounts.delete": "roles/iam.serviceAccountAdmin",
    "iam.serviceAccounts.get": "roles/iam.serviceAccountViewer",
    "iam.serviceAccounts.getIamPolicy": "roles/iam.serviceAccountAdmin",
    "iam.serviceAccounts.setIamPolicy": "roles/iam.serviceAccountAdmin",
    "iam.serviceAccounts.undelete": "roles/iam.serviceAccountAdmin",
    "monitoring.metricDescriptors.get": "roles/monitoring.viewer",
    "monitoring.metricDescriptors.list": "roles/monitoring.viewer",
    "monitoring.timeSeries.list": "roles/monitoring.viewer",
    "resourcemanager.projects.get": "roles/browser",
    "resourcemanager.projects.getIamPolicy": "roles/iam.securityReviewer",
    "resourcemanager.projects.setIamPolicy": "roles/resourcemanager.projectIamAdmin",
    "serviceusage.services.enable": "roles/serviceusage.serviceUsageAdmin",
    "serviceusage.services.get": "roles/serviceusage.serviceUsageViewer",
    "serviceusage.services.list": "roles/serviceusage.serviceUsageViewer",
    "serviceusage.services.use": "roles/serviceusage.serviceUsageConsumer",
}


def smallest_role(permission: str) -> str | None:
    """The predefined role with the fewest other permissions, None when none is on record."""
    return _SMALLEST_ROLE.get(permission)
