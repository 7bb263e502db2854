"""The Helm release an adapter came from, where an interrupted Helm has left it unfinished (T5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.release import last_good, newest
from jetscale_tui.domain.spec import AdapterKind, Install
from jetscale_tui.engine import commands
from jetscale_tui.engine.doctor.links import Health, Link, LinkId
from jetscale_tui.engine.releases import release_of
from jetscale_tui.errors import AuthError, JetScaleError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jetscale_tui.domain.release import Revision
    from jetscale_tui.engine.doctor.chain import Walk


def unfinished(walk: Walk, link: LinkId, health: Health) -> Link | None:
    """That the adapter's release is pending, told at a link as so bad; None where it is not.

    Where there is no helm, or it may not look, nobody knows: that is no finding.
    """
    place = release_of(walk.adapter) if walk.adapter else _planned(walk)
    if place is None:
        return None
    namespace, name = place
    try:
        history = walk.cluster.helm.history(name, namespace)
    except AuthError:
        raise
    except JetScaleError:
        return None
    last = newest(history)
    if last is None or not last.unfinished:
        return None
    since = f" since {last.updated}" if last.updated else ""
    way, command = _way_out(walk, place, history)
    return Link(
        link,
        health,
        f"the Helm release {namespace}/{name} is {last.status}{since}",
        "T5",
        "Another helm is at work on it, or was interrupted; until then Helm refuses every change.",
        f"Wait if another helm may be running. If not, {way}.",
        command,
    )


def _planned(walk: Walk) -> tuple[str, str] | None:
    """The release the setup would install; None where it goes another way."""
    adapter = walk.patient.setup.adapter
    if adapter.kind is not AdapterKind.PROMETHEUS or adapter.prometheus.install is not Install.HELM:
        return None
    return adapter.prometheus.namespace, adapter.prometheus.release


def _way_out(walk: Walk, place: tuple[str, str], history: Sequence[Revision]) -> tuple[str, str]:
    namespace, name = place
    context, good = walk.cluster.context, last_good(history)
    if good is None:
        way = "uninstall it, for no revision of it was ever deployed"
        return way, commands.uninstall(context, namespace, name)
    way = f"roll it back to revision {good.number}"
    return way, commands.roll_back(context, namespace, name, good.number)
