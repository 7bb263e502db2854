"""A file of rights: what the third person of a sandbox may do, to stage half the rights."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from jetscale_tui.sandbox import kubeconfig
from jetscale_tui.sandbox.kube.access import Rule
from jetscale_tui.sandbox.people import Person
from jetscale_tui.setupfile.load import parse_model, read

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLE = """\
kubernetes:
  - verbs: [get, list, watch]
    groups: ["*"]
    resources: ["*"]
  - verbs: [create, patch, delete]
    groups: [autoscaling]
    resources: [horizontalpodautoscalers]
    namespaces: [default]
google: [resourcemanager.projects.get, container.clusters.*]
"""
"""What a file looks like; the command's help and its refusals show it."""
_HINT = "`jetscale sandbox --help` shows an example."
_PERMISSION = re.compile(r"\*|[a-z][A-Za-z]*(\.([A-Za-z]+|\*))+")


def _a_permission(name: str) -> str:
    if not _PERMISSION.fullmatch(name):
        raise ValueError(f"is {name!r}, must be an IAM permission such as container.clusters.get")
    return name


Verb = Literal[
    "*",
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "bind",
    "escalate",
]
Permission = Annotated[str, AfterValidator(_a_permission)]


class _Model(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )


class KubernetesRule(_Model):
    """Some verbs on some resources, or on some paths that are no resources."""

    verbs: tuple[Verb, ...] = Field(description="`*` stands for all.")
    groups: tuple[str, ...] = Field(("",), description='API groups; "" is the core group.')
    resources: tuple[str, ...] = Field((), description="Plurals; `deployments/scale` is one.")
    namespaces: tuple[str, ...] = Field((), description="None: everywhere, the cluster's too.")
    names: tuple[str, ...] = Field((), description="Of objects; none: any.")
    paths: tuple[str, ...] = Field((), description="Such as /metrics; a trailing * is any rest.")

    @model_validator(mode="after")
    def _allows_something(self) -> KubernetesRule:
        if not self.verbs:
            raise ValueError("needs at least one verb")
        if bool(self.resources) is bool(self.paths):
            raise ValueError("needs either resources or paths")
        return self


class Restriction(_Model):
    """What somebody may do on both sides; what is not listed they may not."""

    account: str = Field("restricted@example.com", description="Who they are.")
    kubernetes: tuple[KubernetesRule, ...] = ()
    google: tuple[Permission, ...] = Field((), description="IAM permissions on the project.")

    @property
    def person(self) -> Person:
        """Somebody with these rights and no others."""
        rules = tuple(Rule(**rule.model_dump()) for rule in self.kubernetes)
        return Person(kubeconfig.RESTRICTED_CONTEXT, self.account, rules, self.google)


def load_restriction(path: Path) -> Restriction:
    """The rights a file lists.

    Raises:
        ConfigError: it cannot be read or is none; `SetupProblems` lists every problem it has.
    """
    restriction, _ = parse_model(Restriction, read(path, fix=_HINT), path.name, fix=_HINT)
    return restriction
