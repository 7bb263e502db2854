"""Answers that are there before anything is asked: a file, and flags that win over it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from jetscale_tui.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from jetscale_tui.cli.options import Options
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.planner import Choices
    from jetscale_tui.wizard.opening import Given

Command = TypeVar("Command", bound="Callable[..., Any]")

ADAPTERS = ("stackdriver", "prometheus")
BEHAVIORS = ("default", "fitted")
IDENTITIES = ("principal", "service-account", "node")


@dataclass(frozen=True, slots=True)
class Flags:
    """What the command line answers; None and empty: it says nothing."""

    file: Path | None = None
    profile: str | None = None
    namespace: str | None = None
    deployment: str | None = None
    adapter: str | None = None
    identity: str | None = None
    metrics: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    behavior: str | None = None


_OPTIONS = (
    click.option(
        "--answers",
        "file",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Setup document; what it says is not asked. It may leave out anything.",
    ),
    click.option("--profile", metavar="NAME", help="Which server: a profile's name or path."),
    click.option("-n", "--namespace", metavar="NS", help="Namespace of the Deployment."),
    click.option("--deployment", metavar="NAME", help="The Deployment to scale."),
    click.option("--adapter", type=click.Choice(ADAPTERS), help="What brings the metrics."),
    click.option("--identity", type=click.Choice(IDENTITIES), help="As whom it reads them."),
    click.option(
        "--metric",
        "metrics",
        multiple=True,
        metavar="NAME=TARGET",
        help="A metric to follow, such as jetstream_prefill_backlog_size=10. May be repeated.",
    ),
    click.option(
        "--min", "minimum", type=click.IntRange(1), metavar="COUNT", help="Replicas at least."
    ),
    click.option(
        "--max", "maximum", type=click.IntRange(1), metavar="COUNT", help="Replicas at most."
    ),
    click.option(
        "--behavior",
        type=click.Choice(BEHAVIORS),
        help="How fast it may act: Kubernetes's defaults, or fitted to the measured start-up.",
    ),
)


def answer_options(function: Command) -> Command:
    """Adds the flags; a command takes them by the names of `Flags`' fields."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def given(flags: Flags, options: Options, choices: Choices) -> Given:
    """The answers of file and flags, with the fields they answer.

    Raises:
        ConfigError, SetupProblems: the file cannot be used, or an answer makes no sense.
        UsageError: a metric that is not written as NAME=TARGET.
    """
    from jetscale_tui.cli import session
    from jetscale_tui.wizard.opening import from_document, nothing_given, profile_of

    base = from_document(flags.file) if flags.file else nothing_given()
    placed = session.given(options, base.setup)
    setup, named = _with_flags(placed.setup, flags)
    fields = base.fields | placed.fields | named
    if flags.behavior == "fitted":
        fields = frozenset(each for each in fields if not each.startswith("scaling.behavior"))
    if flags.profile is None and "workload.profile" in fields and base.folder is not None:
        # A path in the file is meant from the file's folder, also once the file is forgotten.
        setup = _anchored(setup, base.folder)
    fit = flags.behavior == "fitted"
    result = replace(base, setup=setup, fields=fields, choices=choices, fit=fit)
    _refuse_nonsense(result, profile_of(setup, base.folder))
    return result


def _anchored(setup: Setup, folder: Path) -> Setup:
    profile = setup.workload.profile
    if not ("/" in profile or profile.endswith((".yaml", ".yml"))):
        return setup
    path = str((folder / Path(profile).expanduser()).resolve())
    return setup.model_copy(
        update={"workload": setup.workload.model_copy(update={"profile": path})}
    )


def _with_flags(setup: Setup, flags: Flags) -> tuple[Setup, frozenset[str]]:
    from jetscale_tui.domain.spec import AdapterKind, Identity

    workload = {
        "profile": ("workload.profile", flags.profile),
        "namespace": ("workload.namespace", flags.namespace),
        "deployment": ("workload.deployment", flags.deployment),
    }
    adapter = {
        "kind": ("adapter.kind", flags.adapter and AdapterKind(flags.adapter)),
        "identity": ("adapter.identity", flags.identity and Identity(flags.identity)),
    }
    scaling = {
        "metrics": ("scaling.metrics", _metrics(flags.metrics)),
        "min_replicas": ("scaling.minReplicas", flags.minimum),
        "max_replicas": ("scaling.maxReplicas", flags.maximum),
    }
    named: set[str] = set()
    for section, values in (("workload", workload), ("adapter", adapter), ("scaling", scaling)):
        said = {name: value for name, (_, value) in values.items() if value}
        named |= {field for field, value in values.values() if value}
        part = getattr(setup, section).model_copy(update=said)
        setup = setup.model_copy(update={section: part})
    if flags.behavior is not None:
        # Fitted, it is known only once the start-up time was measured.
        scaled = setup.scaling.model_copy(update={"behavior": None})
        setup = setup.model_copy(update={"scaling": scaled})
        named |= {"scaling.behavior"} if flags.behavior == "default" else set()
    return setup, frozenset(named)


def _metrics(texts: tuple[str, ...]) -> tuple[Any, ...]:
    from jetscale_tui.domain.spec import MetricTarget

    metrics = []
    for text in texts:
        name, equals, target = text.rpartition("=")
        if not (name and equals and target):
            raise UsageError(
                f"--metric {text} is not NAME=TARGET.",
                fix="Write it like --metric jetstream_prefill_backlog_size=10",
            )
        metrics.append(MetricTarget(name=name, target=target))
    return tuple(metrics)


def _refuse_nonsense(result: Given, profile: Any) -> None:
    """Problems of what was given; what is found out later is taken to be right."""
    from jetscale_tui.domain.validation import problems
    from jetscale_tui.setupfile.load import SetupProblems
    from jetscale_tui.setupfile.profiles import load_profile

    setup, fields = result.setup, result.fields
    if "workload.profile" in fields:
        load_profile(setup.workload.profile, relative_to=result.folder)
    google = setup.google.model_copy(
        update={
            name: getattr(setup.google, name) or placeholder
            for name, placeholder in (
                ("project", "a-project"), ("location", "us-central1"), ("cluster", "a-cluster"),
            )
        }
    )  # fmt: skip
    scaling = setup.scaling
    low, high = scaling.min_replicas, scaling.max_replicas
    if "scaling.maxReplicas" not in fields:
        high = max(low, high)
    if "scaling.minReplicas" not in fields:
        low = min(low, high)
    whole = setup.model_copy(
        update={
            "google": google,
            "scaling": scaling.model_copy(update={"min_replicas": low, "max_replicas": high}),
        }
    )
    found = problems(whole, profile)
    if found:
        raise SetupProblems("What was given", found, {}, fix="Correct it, or leave it out.")
