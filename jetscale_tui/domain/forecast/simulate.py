"""One run: an HPA, a server and a load, from the first request to the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from jetscale_tui.domain.forecast.controller import Controller
from jetscale_tui.domain.forecast.fleet import Fleet
from jetscale_tui.domain.forecast.gauges import Across, Scraped
from jetscale_tui.domain.forecast.traffic import traffic
from jetscale_tui.domain.forecast.waits import Waits
from jetscale_tui.domain.hpa.readings import Pods, ReadFailure

if TYPE_CHECKING:
    from jetscale_tui.domain.forecast.facts import Facts
    from jetscale_tui.domain.forecast.gauges import Followed
    from jetscale_tui.domain.forecast.load import Load
    from jetscale_tui.domain.hpa.readings import Reading
    from jetscale_tui.domain.hpa.spec import HpaSpec

FINE_SECONDS = 5.0
"""From one point of a run's series to the next, if it is short."""
_SHORT = 3600.0
_UNKNOWN = ReadFailure("the model has no such metric")


class Point(NamedTuple):
    """The state at one moment."""

    at: float
    desired: int
    """The size the HPA has set."""
    asked: int
    """What the metrics asked for at the last look, before windows and limits."""
    ready: int
    starting: int
    waiting: int
    """Replicas without a node."""
    stuck: int
    """Those of them that no node will come for."""
    backlog: float
    """Requests in all prefill queues."""
    slots_used: float
    """Share of the ready replicas' slots, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a forecast is made of."""

    hpa: HpaSpec
    followed: tuple[Followed | None, ...]
    """For each metric of the HPA what it is made of; None where the model does not know."""
    facts: Facts
    load: Load
    limit: float = 30.0
    """Seconds a request may wait for its first token."""
    notes: tuple[str, ...] = ()
    """What else to say about what the forecast does not know."""


@dataclass(frozen=True, slots=True)
class Run:
    """What happened in one simulation."""

    points: tuple[Point, ...]
    requests: float
    late: float
    """Requests that waited longer than the limit."""
    lost: float
    """Requests cut off, or refused because no replica was ready."""
    longest_wait: float
    chip_seconds: float
    """Chips held by replicas, starting ones included."""


def simulate(question: Question) -> Run:
    """Run a question to the end of its load."""
    return _Simulation(question).run()


class _Simulation:
    """The clock of a run: from one instant at which something happens to the next."""

    def __init__(self, question: Question) -> None:
        facts, load = question.facts, question.load
        self._facts = facts
        self._end = load.seconds
        self._waits = Waits(question.limit)
        self._fleet = Fleet(facts, question.hpa.min_replicas)
        self._traffic = traffic(load, facts.pace, self._waits)
        self._controller = Controller(question.hpa)
        self._metrics = [
            None if each is None else _Metric(each, facts.window_seconds)
            for each in question.followed
        ]
        self._scraped = [each for each in self._metrics if each is not None]
        self._asked = self._fleet.size
        self._pods: tuple[int, Pods] = (-1, Pods(0, 0))
        self._points: list[Point] = []
        self._chip_seconds = 0.0
        self._sync = first_sync(question)
        short = load.seconds <= _SHORT or not self._scraped
        # In a long run notes are taken with the scrapes, as each look at the traffic costs time.
        self._record = FINE_SECONDS if short else self._scraped[0].due
        self._every = FINE_SECONDS if short else facts.sync_seconds
        self._worked = 0.0
        """Until when the traffic has been followed."""

    def run(self) -> Run:
        """Instant by instant."""
        for metric in self._scraped:
            self._scrape(metric, metric.before)
        now = 0.0
        self._traffic.run(now, now, self._fleet.ready)
        self._note(now)
        while now < self._end:
            now = self._next()
            if self._fleet.next_change <= now:
                self._work(now)
                self._fleet.advance(now)
            for metric in self._scraped:
                if metric.due <= now:
                    self._work(now)
                    self._scrape(metric, now)
                    metric.due += metric.followed.interval
            if self._sync <= now:
                self._look(now)
                self._sync += self._facts.sync_seconds
            if self._record <= now:
                self._work(now)
                self._note(now)
                self._record += self._every
        self._work(now)
        self._traffic.finish(now)
        waits = self._waits
        return Run(
            tuple(self._points),
            waits.requests,
            waits.late,
            waits.lost,
            waits.longest,
            self._chip_seconds,
        )

    def _next(self) -> float:
        """When something is due next."""
        until = min(self._end, self._sync, self._record, self._fleet.next_change)
        for metric in self._scraped:
            until = min(until, metric.due)
        return until

    def _work(self, now: float) -> None:
        """Follow the traffic up to now; nothing has changed since the last time."""
        span = now - self._worked
        if span > 0:
            self._traffic.run(self._worked, now, self._fleet.ready)
            self._chip_seconds += self._fleet.placed * self._facts.chips_per_replica * span
            self._worked = now

    def _scrape(self, metric: _Metric, now: float) -> None:
        held, gauge, chips = (
            self._traffic.held,
            metric.followed.gauge,
            self._facts.chips_per_replica,
        )
        values = {replica.name: gauge.reads(*held(replica), chips) for replica in self._fleet.ready}
        metric.scraped.take(now, values)

    def _look(self, now: float) -> None:
        """A pass of the HPA controller."""
        fleet = self._fleet
        if self._pods[0] != fleet.version:
            self._pods = fleet.version, fleet.pods()
        pods = self._pods[1]
        readings = [
            _UNKNOWN if metric is None else metric.reading(now, pods) for metric in self._metrics
        ]
        size = fleet.size
        look = self._controller.look(size, pods, readings, now)
        self._asked = look.asked
        if look.size != size:
            self._work(now)
            self._traffic.take_away(fleet.resize(look.size, now))

    def _note(self, now: float) -> None:
        fleet = self._fleet
        backlog, used = self._traffic.totals(fleet.ready)
        ready, waiting = len(fleet.ready), fleet.size - fleet.placed
        self._points.append(
            Point(
                now,
                fleet.size,
                self._asked,
                ready,
                fleet.placed - ready,
                waiting,
                fleet.stuck,
                backlog,
                used,
            )
        )


class _Metric:
    """A followed metric and when it is scraped next."""

    def __init__(self, followed: Followed, window: float) -> None:
        self.followed = followed
        self.scraped = Scraped(followed, window)
        self.due = first_scrape(followed)
        self.before = min(self.due - followed.interval, -followed.delay)
        """A scrape that was readable before the load began."""

    def reading(self, now: float, pods: Pods) -> Reading:
        """What the metrics API answers."""
        if self.followed.across is Across.PODS:
            return self.scraped.pods(now, [pod.name for pod in pods.each])
        return self.scraped.external(now)


def first_scrape(followed: Followed) -> float:
    """When a metric is first scraped after the load began: half an interval, as on average."""
    return followed.interval / 2


def first_sync(question: Question) -> float:
    """When the HPA controller first looks.

    Chosen so that the first look at the load comes when it comes on average: half an interval of
    scraping, the ingestion and half a sync period after the load began.
    """
    sync = question.facts.sync_seconds
    known = [first_scrape(each) + each.delay for each in question.followed if each is not None]
    return (min(known, default=0.0) + sync / 2) % sync or sync
