"""`n` on the dashboard: another namespace of the same cluster, or all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.errors import PermissionDenied
from jetscale_tui.tui.dialogs.pick_namespace import PickNamespaceDialog
from tests.tui import live
from tests.tui.driving import LARGE, dashboard, running, text_of, until
from tests.tui.fakes import FakeBackend, FakeFeed

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from jetscale_tui.engine.ports import LiveFeed


class TwoTeams(FakeBackend):
    """A feed of its own for every namespace that is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str | None] = []

    def feed(self, context: str | None, namespace: str | None) -> LiveFeed:
        self.asked.append(namespace)
        teams = [team for team in ("team-a", "team-b") if namespace in (None, team)]
        hpas = [live.hpa(name=f"of-{team}", namespace=team) for team in teams]
        return FakeFeed(live.Story(namespace).begin(*hpas).snapshot())


async def _shows(pilot: Pilot[int], text: str) -> None:
    await until(pilot, lambda: text in text_of(pilot))


async def _asked(pilot: Pilot[int]) -> None:
    await pilot.press("n")
    await until(pilot, lambda: isinstance(pilot.app.screen, PickNamespaceDialog))


async def test_all_namespaces_and_back_to_one_that_is_typed() -> None:
    backend = TwoTeams()
    async with running(dashboard(backend, "team-a"), LARGE) as pilot:
        await _shows(pilot, "of-team-a")
        assert "of-team-b" not in text_of(pilot)

        await _asked(pilot)
        await pilot.press(*"all", "enter")
        await _shows(pilot, "of-team-b")
        assert "all namespaces" in text_of(pilot)

        await _asked(pilot)
        await pilot.press(*"team-b", "enter")
        await _shows(pilot, "namespace team-b")
        await until(pilot, lambda: "of-team-a" not in text_of(pilot))
    assert backend.asked == ["team-a", None, "team-b"]


async def test_escape_and_what_is_watched_already_change_nothing() -> None:
    backend = TwoTeams()
    async with running(dashboard(backend, "team-a"), LARGE) as pilot:
        await _shows(pilot, "of-team-a")
        await _asked(pilot)
        await pilot.press("escape")
        await _asked(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, PickNamespaceDialog))
    assert backend.asked == ["team-a"]


async def test_what_is_no_namespace_is_refused_beside_the_field() -> None:
    backend = TwoTeams()
    async with running(dashboard(backend, "team-a"), LARGE) as pilot:
        await _shows(pilot, "of-team-a")
        await _asked(pilot)
        await pilot.press(*"Team_B", "enter")
        await _shows(pilot, "The namespace may hold only a-z")
    assert backend.asked == ["team-a"]


async def test_who_may_not_list_namespaces_types_one() -> None:
    backend = TwoTeams()
    backend.fake_cluster.failure = PermissionDenied("You may not list namespaces.")
    async with running(dashboard(backend, "team-a"), LARGE) as pilot:
        await _shows(pilot, "of-team-a")
        await _asked(pilot)
        await _shows(pilot, "You may not list namespaces. Type the name of one.")
        await pilot.press(*"team-b", "enter")
        await _shows(pilot, "of-team-b")
    assert backend.asked == ["team-a", "team-b"]
