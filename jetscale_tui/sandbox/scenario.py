"""Scenarios: how a sandbox begins, what load comes, and what goes wrong; one YAML file each.

The shipped ones are in `assets/scenarios/`; a person may bring a file of their own. Durations are
written `30s` or `5m` and are the sandbox's time, counted from its start.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from jetscale_tui import resources
from jetscale_tui.errors import ConfigError
from jetscale_tui.sandbox.blueprint import Blueprint
from jetscale_tui.sandbox.durations import Seconds
from jetscale_tui.setupfile.load import parse_model, read

Share = Annotated[float, Field(gt=0, le=1)]


class _Model(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )


class Load(_Model):
    """Requests that arrive at the workload, spread over its ready pods."""

    at: Seconds = Field(0.0, description="When the first one arrives.")
    requests: int = Field(100, ge=1, description="How many.")
    lasting: Seconds = Field(0.0, description="Time they arrive in, evenly; 0 is all at once.")
    max_tokens: int = Field(200, ge=1, description="Tokens of each answer.")
    every: Seconds | None = Field(None, description="Begin again after so long; null is once.")


class Crowd(_Model):
    """Autoscalers that are there for load tests only; no controller attends to them."""

    autoscalers: int = Field(10_000, ge=1, le=100_000, description="How many, in 100 namespaces.")
    changes: float = Field(1000.0, ge=0, description="Changes of their status, a second in all.")


class _Happening(_Model):
    at: Seconds = Field(0.0, description="When it begins.")


class _Lasting(_Happening):
    lasting: Seconds | None = Field(None, description="How long; null is for good.")


class ApiErrors(_Lasting):
    """The API server refuses some requests."""

    do: Literal["api-errors"]
    status: Literal[429, 500, 503, 504] = 500
    retry_after: int | None = Field(None, ge=0, description="Retry-After header, seconds.")
    share: Share = Field(1.0, description="Of all requests.")


class ApiLatency(_Lasting):
    """The API server takes its time."""

    do: Literal["api-latency"]
    delay: Seconds = Field(1.0, description="Before each answer.")


class ApiCuts(_Lasting):
    """Connections to the API server end before a request is answered."""

    do: Literal["api-cuts"]
    share: Share = 1.0
    midway: bool = Field(False, description="Carried out, and cut in the middle of the answer.")


class ApiRestart(_Lasting):
    """The API server is down for a while; watches end."""

    do: Literal["api-restart"]


class WatchExpiry(_Happening):
    """History is compacted: every watch has to list again."""

    do: Literal["watch-expiry"]


class GoogleErrors(_Happening):
    """Calls of one Google method fail."""

    do: Literal["google-errors"]
    method: str = Field(description="Short name of the method, such as SetIamPolicy.")
    code: Literal["UNAVAILABLE", "INTERNAL", "RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED"] = (
        "UNAVAILABLE"
    )
    times: int = Field(1, ge=1)
    performed: bool = Field(False, description="The call is carried out, only its answer lost.")


class IamEdit(_Happening):
    """Somebody else changes the project's IAM policy."""

    do: Literal["iam-edit"]
    role: str = "roles/viewer"
    member: str = "user:somebody.else@example.com"
    every: Seconds | None = Field(None, description="Again after so long, back and forth.")


class SoldOut(_Lasting):
    """Google has no more machines for a node pool."""

    do: Literal["sold-out"]
    pool: str = "tpu-pool"


class NodeVanishes(_Happening):
    """A node of a pool is preempted."""

    do: Literal["node-vanishes"]
    pool: str = "tpu-pool"


class Edit(_Happening):
    """Another tool writes to the cluster."""

    do: Literal["edit"]
    method: Literal["PATCH", "DELETE", "POST", "PUT"] = "PATCH"
    path: str = Field(description="URL path of the object.")
    body: dict[str, Any] | None = Field(None, description="Merge patch, or object.")
    manager: str = Field("another-tool", description="Its field manager.")
    every: Seconds | None = None


Happening = Annotated[
    ApiErrors
    | ApiLatency
    | ApiCuts
    | ApiRestart
    | WatchExpiry
    | GoogleErrors
    | IamEdit
    | SoldOut
    | NodeVanishes
    | Edit,
    Field(discriminator="do"),
]


class Grant(_Model):
    """A role somebody holds from the start."""

    role: str
    member: str


class Scenario(_Model):
    """One scenario."""

    title: str = Field(description="One line for people.")
    about: str = Field("", description="What to look for.")
    cluster: Blueprint = Field(Blueprint(), description="What differs from the usual cluster.")
    grants: tuple[Grant, ...] = Field((), description="IAM bindings there are besides.")
    objects: tuple[dict[str, Any], ...] = Field((), description="Manifests applied beforehand.")
    age: Seconds = Field(0.0, description="How long ago they were applied.")
    crowd: Crowd | None = Field(None, description="Autoscalers for a load test.")
    load: tuple[Load, ...] = ()
    happenings: tuple[Happening, ...] = ()


def shipped() -> tuple[str, ...]:
    """Names of the scenarios that come with JetScale."""
    return tuple(sorted(path.stem for path in resources.asset("scenarios").glob("*.yaml")))


def load_scenario(name: str) -> Scenario:
    """The scenario of that name, or from the file at that path.

    Raises:
        ConfigError: no such scenario, or a file that is not one.
    """
    if name in shipped():
        path = resources.asset(f"scenarios/{name}.yaml")
    elif "/" in name or name.endswith((".yaml", ".yml")):
        path = Path(name).expanduser()
    else:
        raise ConfigError(
            f"There is no scenario {name!r}.",
            why=f"Known: {', '.join(shipped())}, or the path of a scenario file.",
        )
    scenario, _ = parse_model(Scenario, read(path), path.name)
    return scenario
