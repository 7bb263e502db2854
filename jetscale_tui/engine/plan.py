"""A plan is data: what would change, in order, with what it needs and how to take it back.

Building one only reads. The Review pane, `jetscale plan`, `--json` and the executor all walk the
same steps, so what was shown is what runs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

if TYPE_CHECKING:
    from jetscale_tui.domain.corrections import Correction
    from jetscale_tui.domain.google import Binding
    from jetscale_tui.domain.kinds import Json, Ref
    from jetscale_tui.domain.rights import Right
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.manifests.prometheus_adapter import HelmRelease


class StepId(StrEnum):
    """The steps a plan can have, in the order they run."""

    SERVICES = "services"
    METRICS_PORT = "metrics-port"
    SCRAPE_SERVER = "scrape-server"
    SCRAPE_TPU = "scrape-tpu"
    ADAPTER_IDENTITY = "adapter-identity"
    ADAPTER = "adapter"
    HPA = "hpa"


STEP_TITLES: dict[StepId, str] = {
    StepId.SERVICES: "Enable Google services",
    StepId.METRICS_PORT: "Open the metrics port",
    StepId.SCRAPE_SERVER: "Scrape server metrics",
    StepId.SCRAPE_TPU: "Scrape TPU metrics",
    StepId.ADAPTER_IDENTITY: "Adapter identity",
    StepId.ADAPTER: "Metrics adapter",
    StepId.HPA: "Autoscaler",
}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that would differ."""

    path: str
    """Dotted path with indices: `spec.metrics[0].external.target`."""
    before: object
    """None when the field is not there now."""
    after: object
    """None when the field would go."""


@dataclass(frozen=True, slots=True)
class Create:
    """An object that is not there yet."""

    ref: Ref
    manifest: Json


@dataclass(frozen=True, slots=True)
class Update:
    """An object that is there and differs."""

    ref: Ref
    manifest: Json
    """What would be applied."""
    live: Json
    """What was read; the write is refused when its resourceVersion has moved on by then."""
    fields: tuple[FieldChange, ...]
    force: bool = False
    """Take over fields of other managers; only ever set by the person, per object."""
    restore: bool = False
    """Undo: bring `manifest` back as it was before the run."""


@dataclass(frozen=True, slots=True)
class Delete:
    """An object that would go (only undo and migrations have these)."""

    ref: Ref
    live: Json


@dataclass(frozen=True, slots=True)
class Keep:
    """An object that is already as wanted."""

    ref: Ref
    live: Json


@dataclass(frozen=True, slots=True)
class Grant:
    """A role binding to add to the policy of a project or of a Google service account."""

    project: str
    binding: Binding
    present: bool = False
    """Already there: nothing would be written, and undo leaves it."""
    account: str = ""
    """E-mail of the Google service account whose policy it goes into, instead of the project's."""


@dataclass(frozen=True, slots=True)
class Revoke:
    """A role binding to take out of the policy of a project or of a Google service account."""

    project: str
    binding: Binding
    present: bool = True
    account: str = ""
    """E-mail of the Google service account whose policy it is in."""


@dataclass(frozen=True, slots=True)
class CreateAccount:
    """A Google service account to make, or to bring back."""

    project: str
    account_id: str
    """The part of the e-mail before the `@`."""
    present: bool = False
    deleted: str = ""
    """Unique id of the one of that e-mail which policies still name as deleted: it is brought back
    instead, where Google still can; empty: there is none."""
    returning: tuple[Binding, ...] = ()
    """Grants of the project that come back with it."""

    @property
    def email(self) -> str:
        """Its e-mail address."""
        return f"{self.account_id}@{self.project}.iam.gserviceaccount.com"


@dataclass(frozen=True, slots=True)
class DeleteAccount:
    """A Google service account that would go (only undo has these)."""

    project: str
    email: str
    unique_id: str
    """Another account made since under the same e-mail is left alone."""


@dataclass(frozen=True, slots=True)
class EnableService:
    """A Google service to enable in a project."""

    project: str
    service: str
    present: bool = False


@dataclass(frozen=True, slots=True)
class InstallRelease:
    """A Helm release to install or upgrade."""

    release: HelmRelease
    objects: tuple[Json, ...]
    """What the chart makes of the values."""
    revision: int = 0
    """Of the release as it is now; 0 when there is none. It is not touched once it moved on."""
    fields: tuple[FieldChange, ...] = ()
    """What differs in an upgrade: chart and values."""
    present: bool = False
    """Already deployed like this."""


@dataclass(frozen=True, slots=True)
class RollBackRelease:
    """A Helm release to bring back to an earlier revision."""

    name: str
    namespace: str
    revision: int
    """As it is now."""
    target: int


@dataclass(frozen=True, slots=True)
class UninstallRelease:
    """A Helm release that would go."""

    name: str
    namespace: str
    revision: int
    """As it is now."""


ObjectChange = Create | Update | Delete | Keep
PolicyChange = Grant | Revoke | EnableService | CreateAccount | DeleteAccount
ReleaseChange = InstallRelease | RollBackRelease | UninstallRelease
Change = ObjectChange | PolicyChange | ReleaseChange


def is_change(change: Change) -> bool:
    """Whether carrying it out would write anything."""
    match change:
        case Create() | Update() | Delete() | DeleteAccount():
            return True
        case RollBackRelease() | UninstallRelease():
            return True
        case Keep():
            return False
        case Grant() | EnableService() | CreateAccount() | InstallRelease():
            return not change.present
        case Revoke():
            return change.present
        case _:
            assert_never(change)


@dataclass(frozen=True, slots=True)
class Risk:
    """Something the person should know before agreeing."""

    id: str
    """Stable, such as `H2-two-hpas`."""
    what: str
    fix: str
    blocking: bool = False
    """The plan must not run as it is."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its changes and everything a person may want to know about them."""

    id: StepId
    changes: tuple[Change, ...]
    rights: tuple[Right, ...] = ()
    missing: tuple[Right, ...] = ()
    """Those of `rights` this person does not have."""
    commands: tuple[str, ...] = ()
    """Equivalent kubectl, gcloud or helm commands."""
    verify: str = ""
    """How it will be known to have worked."""
    undo: str = ""
    """How undo would take it back."""
    risks: tuple[Risk, ...] = ()
    handed_over: bool = False
    """Not run by JetScale (no project given, or not allowed): the commands are for someone else."""

    @property
    def title(self) -> str:
        """Name of the step for people."""
        return STEP_TITLES[self.id]

    @property
    def writes(self) -> bool:
        """Whether any of its changes would write."""
        return any(is_change(change) for change in self.changes)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything one run would do."""

    setup: Setup
    context: str
    """kubeconfig context every Kubernetes write goes to."""
    server: str
    project: str | None
    identity: str
    """Google identity, empty without one."""
    steps: tuple[Step, ...]
    corrections: tuple[Correction, ...] = ()
    notes: tuple[str, ...] = ()
    """Other things worth saying, one sentence each."""
    undo_of: str | None = None
    """Run id this plan takes back."""
    act: str = ""
    """What is done to one object beside the setup, in a few words; empty for a whole setup."""

    @property
    def changes(self) -> int:
        """How many writes the plan holds."""
        return sum(is_change(change) for step in self.steps for change in step.changes)

    @property
    def kept(self) -> int:
        """How many things are already right."""
        return sum(not is_change(change) for step in self.steps for change in step.changes)

    @property
    def risks(self) -> tuple[Risk, ...]:
        """All risks of all steps."""
        return tuple(risk for step in self.steps for risk in step.risks)


class StepState(StrEnum):
    """Where a step of a run stands."""

    STARTED = "started"
    PROGRESS = "progress"
    WAITING = "waiting"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StepEvent:
    """Something that happened while a plan ran."""

    step: StepId
    state: StepState
    detail: str = ""
    """One line: what was done, seen or is being waited for."""
    elapsed: float = 0.0
    """Seconds of the cluster's clock since the step started."""
    error: Exception | None = field(default=None, compare=False)
