"""Names, messages and labels of all kinds of malice: shown as data, inside their places."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.errors import Unreachable
from tests.hostile import TAILS, poisoned, trouble
from tests.tui import live
from tests.tui.driving import LARGE, SMALL, application, dashboard, reach, running, text_of, until
from tests.tui.fakes import (
    CONTEXT,
    GKE,
    POOL,
    FakeBackend,
    FakeCloud,
    deployment,
    healthy_cluster,
    node,
    pod,
    second_context,
)
from tests.tui.test_dashboard import backend_of, opened

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.pilot import Pilot


LOWER = 3
PANES = [step for step in WizardStep if step is not WizardStep.APPLY]


def unharmed(pilot: Pilot[int], place: str) -> None:
    """Every line is as wide as the terminal, shows nothing that reaches past it, and no links."""
    width, height = pilot.app.size
    strips = pilot.app.screen._compositor.render_strips()[:height]
    lines = ["".join(segment.text for segment in strip) for strip in strips]
    for line in lines:
        assert cell_len(line) == width, f"{place}: {cell_len(line)} cells: {line!r}"
        assert not trouble(line), f"{place}: {trouble(line)}"
    for strip in strips:
        for segment in strip:
            meta = segment.style.meta if segment.style else {}
            assert "@click" not in meta, f"{place}: {segment.text!r} is a link to {meta}"
            assert not (segment.style and segment.style.link), f"{place}: {segment.text!r} links"
    assert lines[0].lstrip().startswith("JetScale"), f"{place}: {lines[0]!r}"
    assert "Help" in lines[-1], f"{place}: {lines[-1]!r}"


def hostile_backend(tails: Iterable[str] = TAILS.values()) -> FakeBackend:
    """The healthy world among neighbours whose every name and message has some tail."""
    cluster = healthy_cluster()
    clouded, contexts = [replace(GKE)], [CONTEXT]
    for number, tail in enumerate(tails):
        for neighbour in (deployment(f"s{number}"), pod(f"p{number}"), node(f"n{number}")):
            cluster.put(poisoned(neighbour, tail))
        pool = replace(POOL, name=f"pool{tail}", machine_type=f"ct5lp{tail}")
        clouded.append(replace(GKE, name=f"c{tail}", location=f"here{tail}", pools=(pool,)))
        clouded[0] = replace(clouded[0], pools=(*clouded[0].pools, pool))
        contexts.append(replace(second_context(f"context{tail}"), user=f"ana{tail}"))
        cluster.put(_owner(f"v{number}.custom.metrics.k8s.io", tail))
    cluster.put(_owner("v1beta1.external.metrics.k8s.io", tail))
    return FakeBackend(cluster, FakeCloud(*clouded), contexts=contexts)


def _owner(name: str, tail: str) -> dict[str, Any]:
    condition = {"type": "Available", "status": "False", "message": f"no{tail}"}
    return {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": name},
        "spec": {"service": {"namespace": "keda", "name": f"keda{tail}"}},
        "status": {"conditions": [condition]},
    }


@pytest.mark.parametrize(
    ("size", "tails"),
    [
        (LARGE, TAILS.values()),
        (SMALL, [TAILS["long"]]),
        (SMALL, [TAILS["combining"], TAILS["escapes"]]),
    ],
    ids=["all", "long", "marks and escapes"],
)
async def test_the_wizard_stays_whole_among_hostile_neighbours(
    size: tuple[int, int], tails: Iterable[str]
) -> None:
    async with running(application(hostile_backend(tails)), size) as pilot:
        for step in PANES:
            await reach(pilot, step)
            unharmed(pilot, step.value)
            for _ in range(LOWER):
                await pilot.press("down")
                unharmed(pilot, f"{step.value}, lower")
            await pilot.press(*["up"] * LOWER)
            if step is WizardStep.ADAPTER:
                # Whoever serves the metrics APIs now is in the way, and may be replaced.
                await pilot.press("o")


@pytest.mark.parametrize("kind", ["escapes", "long", "lines"])
async def test_errors_of_hostile_words_stay_where_they_belong(kind: str) -> None:
    tail, backend = TAILS[kind], FakeBackend(cloud=FakeCloud())
    backend.fake_cluster.failure = Unreachable(
        f"The cluster is away{tail}.", why=f"dial tcp{tail}", fix=f"Look at it{tail}."
    )
    async with running(application(backend), SMALL) as pilot:
        await until(pilot, lambda: "Set up autoscaling" in text_of(pilot))
        unharmed(pilot, "welcome")
        await reach(pilot, WizardStep.PREREQUISITES)
        unharmed(pilot, "prerequisites")
        await pilot.press("enter")
        await pilot.pause()
        unharmed(pilot, "an obstacle")


def hostile_story() -> live.Story:
    """One autoscaler, its pods and its events for each tail, all on one screen."""
    story = live.Story(None)
    begun = []
    for number, tail in enumerate(TAILS.values()):
        broken = live.unknown_hpa if number % 2 else live.hpa
        begun.append(poisoned(broken(name=f"h{number}"), tail))
    story.begin(*begun)
    for number, tail in enumerate(TAILS.values()):
        waiting = live.live_pod(f"waiting-{number}", "", ready=False, scheduled=number)
        running_pod = live.live_pod(f"running-{number}", "gke-tpu-0", scheduled=number)
        said = live.event("FailedGetMetric", "no", number, warns=True)
        said["involvedObject"]["name"] = f"h{number}"
        objects = [poisoned(obj, tail) for obj in (waiting, running_pod, said)]
        story.at(number, *objects)
    return story


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
async def test_the_dashboard_stays_whole(size: tuple[int, int]) -> None:
    async with running(dashboard(backend_of(hostile_story()), None), size) as pilot:
        await opened(pilot)
        for kind in TAILS:
            for key in ("v", "v", "v", "enter", "escape", "down"):
                await pilot.press(key)
                await pilot.pause()
                unharmed(pilot, f"{kind}, after {key}")


async def test_markup_is_shown_as_it_was_written() -> None:
    tail = "[bold red]x[/]"
    story = live.Story().begin(poisoned(live.hpa(), tail))
    async with running(dashboard(backend_of(story)), LARGE) as pilot:
        await opened(pilot)
        assert f"jetstream-hpa{tail}" in text_of(pilot)
