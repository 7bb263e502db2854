"""One link of the chain a metric comes along, and what was found there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class LinkId(StrEnum):
    """The links, from the autoscaler down to what it is all about."""

    CLUSTER = "cluster"
    AUTOSCALER = "autoscaler"
    METRIC_API = "metric-api"
    ADAPTER = "adapter"
    IDENTITY = "identity"
    DATA = "data"
    SCRAPE = "scrape"
    PORT = "port"
    SERVER = "server"


TITLES: dict[LinkId, str] = {
    LinkId.CLUSTER: "Kubernetes API",
    LinkId.AUTOSCALER: "Autoscaler",
    LinkId.METRIC_API: "Metrics API",
    LinkId.ADAPTER: "Metrics adapter",
    LinkId.IDENTITY: "Adapter identity",
    LinkId.DATA: "Cloud Monitoring",
    LinkId.SCRAPE: "Scraping",
    LinkId.PORT: "Metrics port",
    LinkId.SERVER: "Server",
}


class Health(StrEnum):
    """How a link is."""

    FINE = "fine"
    NOTE = "note"
    """It works; there is something worth knowing."""
    EMPTY = "empty"
    """Nothing is wrong with it, but it passes nothing on: what feeds it comes next."""
    BROKEN = "broken"
    UNKNOWN = "unknown"
    """It may not be looked at, or there is nobody to ask."""
    NOT_REACHED = "not reached"


class Remedy(StrEnum):
    """A fix the screens can carry out themselves; the command is the same by hand."""

    APPLY = "apply"
    """The setup's plan."""
    EDIT = "edit"
    """Other targets, limits or behavior for this autoscaler."""
    RESUME = "resume"
    """Switch scaling on again."""


@dataclass(frozen=True, slots=True)
class Link:
    """What was found at one link. Text may quote the cluster and is never markup."""

    id: LinkId
    health: Health
    detail: str
    """What was seen, in one line."""
    failure: str = ""
    """Which known failure it is, such as `I1`; empty for a fine one."""
    why: str = ""
    """Why it is so, possibly in a server's words."""
    fix: str = ""
    """What to do about it."""
    command: str = ""
    """The same as a command to copy; several are lines."""
    remedy: Remedy | None = None
    also: tuple[Link, ...] = ()
    """What else is worth knowing at this link: notes, without more of their own."""

    @property
    def title(self) -> str:
        """Its name for people."""
        return TITLES[self.id]


def fine(link: LinkId, detail: str) -> Link:
    """Nothing to do."""
    return Link(link, Health.FINE, detail)


def empty(link: LinkId, detail: str, why: str = "") -> Link:
    """Nothing wrong here; look on."""
    return Link(link, Health.EMPTY, detail, why=why)


def unknown(link: LinkId, detail: str, why: str = "") -> Link:
    """Nobody here can tell."""
    return Link(link, Health.UNKNOWN, detail, why=why)


def note(
    link: LinkId,
    failure: str,
    detail: str,
    *,
    why: str = "",
    fix: str = "",
    command: str = "",
    remedy: Remedy | None = None,
) -> Link:
    """It works, and there is something to know."""
    return Link(link, Health.NOTE, detail, failure, why, fix, command, remedy)


def broken(
    link: LinkId,
    failure: str,
    detail: str,
    *,
    why: str = "",
    fix: str = "",
    command: str = "",
    remedy: Remedy | None = None,
) -> Link:
    """The link that has to be mended first."""
    return Link(link, Health.BROKEN, detail, failure, why, fix, command, remedy)


def together(found: Link, notes: Iterable[Link]) -> Link:
    """What was found at a link with notes to it; the first of them becomes part of a fine one."""
    rest = tuple(notes)
    if found.health is Health.FINE and rest:
        found, rest = replace(rest[0], detail=f"{found.detail}; {rest[0].detail}"), rest[1:]
    return replace(found, also=(*found.also, *rest))
