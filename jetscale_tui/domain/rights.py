"""What a step needs to be allowed to do, in the words of each side."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class KubernetesRight:
    """One thing a SelfSubjectAccessReview can be asked."""

    verb: str
    group: str
    resource: str
    namespace: str = ""
    """Empty: cluster-scoped, or all namespaces."""
    name: str = ""
    subresource: str = ""

    def __str__(self) -> str:
        resource = f"{self.resource}.{self.group}" if self.group else self.resource
        if self.subresource:
            resource += f"/{self.subresource}"
        place = f" in {self.namespace}" if self.namespace else ""
        return f"{self.verb} {resource}{place}"


@dataclass(frozen=True, slots=True, order=True)
class GooglePermission:
    """One IAM permission on the project."""

    name: str

    def __str__(self) -> str:
        return self.name


Right = KubernetesRight | GooglePermission
