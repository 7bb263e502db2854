"""The options every command has, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

if TYPE_CHECKING:
    from collections.abc import Callable

LOG_LEVELS = ("debug", "info", "warning", "error")

Command = TypeVar("Command", bound="Callable[..., Any]")


@dataclass(frozen=True, slots=True)
class Options:
    """Where to look and how to speak. Given before or after the command's name; after wins."""

    context: str | None = None
    """kubeconfig context; None: found, see `kubernetes.context` of the setup document."""
    kubeconfig: Path | None = None
    """None: `$KUBECONFIG`, else `~/.kube/config`."""
    project: str | None = None
    """Google project, instead of the setup document's."""
    location: str | None = None
    """Region or zone of the cluster, instead of the setup document's."""
    cluster: str | None = None
    """Name of the GKE cluster, instead of the setup document's."""
    log_level: str = "info"
    no_color: bool = False


def place_flags(options: Options) -> list[str]:
    """The words that lead another command to the same place."""
    places: tuple[tuple[str, str | Path | None], ...] = (
        ("--kubeconfig", options.kubeconfig),
        ("--context", options.context),
        ("--project", options.project),
        ("--location", options.location),
        ("--cluster", options.cluster),
    )
    return [word for flag, value in places if value for word in (flag, str(value))]


_OPTIONS = (
    click.option("--context", metavar="NAME", help="kubeconfig context to use."),
    click.option(
        "--kubeconfig",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="kubeconfig file instead of $KUBECONFIG or ~/.kube/config.",
    ),
    click.option("--project", metavar="ID", help="Google project instead of the setup's."),
    click.option("--location", metavar="PLACE", help="The cluster's region or zone."),
    click.option(
        "--cluster",
        metavar="NAME",
        help="GKE cluster; with --project and --location, no kubeconfig is needed.",
    ),
    click.option(
        "--log-level",
        type=click.Choice(LOG_LEVELS),
        help="How much goes to the log file; info by default.",
    ),
    click.option("--no-color", is_flag=True, help="Plain output, as NO_COLOR does."),
)
_NAMES = ("context", "kubeconfig", "project", "location", "cluster", "log_level", "no_color")


def common_options(function: Command) -> Command:
    """Gives a command the options every command has; it gets them as `options: Options`."""

    @wraps(function)
    def with_options(*arguments: Any, **values: Any) -> Any:
        context = click.get_current_context()
        given = {name: values.pop(name) for name in _NAMES}
        options = _merged(context.find_root().obj, given)
        if context.parent is None:
            context.obj = options
        from jetscale_tui.cli import logs

        logs.start(options.log_level)
        return function(*arguments, options=options, **values)

    for option in reversed(_OPTIONS):
        with_options = option(with_options)
    return cast("Command", with_options)


def _merged(outer: Any, given: dict[str, Any]) -> Options:
    base = outer if isinstance(outer, Options) else Options()
    chosen = {name: value for name, value in given.items() if value}
    return Options(**{name: chosen.get(name, getattr(base, name)) for name in _NAMES})
