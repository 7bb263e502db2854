"""The options of `plan` and `apply` that decide what the setup document leaves open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from jetscale_tui.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from jetscale_tui.domain.kinds import Ref
    from jetscale_tui.engine.planner import Choices

Command = TypeVar("Command", bound="Callable[..., Any]")


def choice_options(function: Command) -> Command:
    """Adds `--open-metrics-port`, `--take-over` and `--roll-back-release`."""
    function = click.option(
        "--roll-back-release",
        is_flag=True,
        help="Clear away what an interrupted Helm left of the release, then install it.",
    )(function)
    function = click.option(
        "--take-over",
        multiple=True,
        metavar="KIND/[NAMESPACE/]NAME",
        help="Take over an object's fields from whoever manages them. May be repeated.",
    )(function)
    return click.option(
        "--open-metrics-port",
        is_flag=True,
        help="Add the argument that opens the server's metrics port; its pods are replaced.",
    )(function)


def chosen(open_metrics_port: bool, take_over: tuple[str, ...], roll_back_release: bool) -> Choices:
    """The choices as the planner takes them.

    Raises:
        UsageError: an object that is not written as KIND/NAMESPACE/NAME.
    """
    from jetscale_tui.engine.planner import Choices

    taken = frozenset(_ref(text) for text in take_over)
    return Choices(open_metrics_port, taken, roll_back_release)


def _ref(text: str) -> Ref:
    from jetscale_tui.domain.kinds import KINDS, Ref

    kind_name, *place = text.split("/")
    kind = next((kind for kind in KINDS if kind.name == kind_name), None)
    if kind is None or len(place) != (2 if kind.namespaced else 1) or not all(place):
        raise UsageError(
            f"--take-over {text} names no object.",
            fix="Write KIND/NAMESPACE/NAME, or KIND/NAME where there is no namespace, as the "
            "plan prints it: --take-over HorizontalPodAutoscaler/default/jetstream-hpa",
        )
    return Ref.to(kind, place[-1], place[0] if kind.namespaced else None)
