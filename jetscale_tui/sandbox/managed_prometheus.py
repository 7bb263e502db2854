"""The query API of Managed Prometheus: Cloud Monitoring's series as PromQL sees them."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from jetscale_tui.sandbox.kube.handlers import Reply
from jetscale_tui.sandbox.monitoring import RETENTION_SECONDS
from jetscale_tui.sandbox.promql.evaluation import NAME, Sample, evaluate, fulfils
from jetscale_tui.sandbox.promql.syntax import Matcher, PromqlError, Selector, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.clock import SimClock
    from jetscale_tui.sandbox.monitoring import Monitoring, Series
    from jetscale_tui.sandbox.programs import Call
    from jetscale_tui.sandbox.promql.evaluation import Value

QUERY = "/api/v1/query"
SERIES = "/api/v1/series"
LOOKBACK_SECONDS = 300.0
"""How old the newest point of a series may be, as in Prometheus."""
_MANAGED = "prometheus.googleapis.com/"


class ManagedPrometheus:
    """Answers for the whole project; who may ask is for the caller to say."""

    def __init__(self, clock: SimClock, monitoring: Monitoring) -> None:
        self._clock = clock
        self._monitoring = monitoring

    def answer(self, call: Call) -> Reply:
        """The answer to a request below the API's root, such as `/api/v1/query`."""
        parameters = dict(call.query)
        if call.method == "POST":
            form = parse_qs(call.body.decode(errors="replace"))
            parameters |= {name: values[-1] for name, values in form.items()}
        try:
            match call.path:
                case "/api/v1/query":
                    return _success(self._query(parameters))
                case "/api/v1/series":
                    return _success(self._series(parameters))
                case _:
                    only = f"the sandbox serves {QUERY} and {SERIES} only"
                    return _failure(404, "not_found", only)
        except PromqlError as error:
            return _failure(400, "bad_data", str(error))

    def _query(self, parameters: Mapping[str, str]) -> Json:
        now = self._now()
        moment = _number(parameters, "time", now)

        def source(matchers: Sequence[Matcher]) -> Iterator[Sample]:
            return self._newest(matchers, LOOKBACK_SECONDS, moment)

        value = evaluate(parse(_needed(parameters, "query")), source)
        return _result(value, moment)

    def _series(self, parameters: Mapping[str, str]) -> list[dict[str, str]]:
        tree = parse(_needed(parameters, "match[]"))
        if not isinstance(tree, Selector):
            raise PromqlError('invalid parameter "match[]": a series selector is expected')
        end = _number(parameters, "end", self._now())
        start = _number(parameters, "start", end - RETENTION_SECONDS)
        return [dict(each.labels) for each in self._newest(tree.matchers, end - start, end)]

    def _newest(
        self, matchers: Sequence[Matcher], window: float, moment: float
    ) -> Iterator[Sample]:
        """The newest value, in the window before a moment of the day, of every series chosen."""
        name, others = _named(matchers)
        ago = self._now() - moment
        for metric_type in self._monitoring.metric_types():
            if promql_name(metric_type) != name:
                continue
            read = self._monitoring.read(metric_type, window + ago, lambda _: True)
            for series, points in read:
                labels = {NAME: name, **promql_labels(series)}
                limit = self._clock.monotonic() - ago
                value = next((point.value for point in points if point.at <= limit), None)
                if value is not None and all(fulfils(labels, matcher) for matcher in others):
                    yield Sample(labels, value)

    def _now(self) -> float:
        return self._clock.now().timestamp()


def promql_name(metric_type: str) -> str:
    """What PromQL calls a metric of Cloud Monitoring."""
    if metric_type.startswith(_MANAGED):
        return metric_type.removeprefix(_MANAGED).rpartition("/")[0]
    service, _, rest = metric_type.partition("/")
    return re.sub(r"[^a-zA-Z0-9_:]", "_", f"{service}:{rest}")


def promql_labels(series: Series) -> dict[str, str]:
    """Labels of the metric and of the resource in one; those of the resource win."""
    labels = {**dict(series.metric_labels), **dict(series.resource_labels)}
    if not series.metric_type.startswith(_MANAGED):
        labels["monitored_resource"] = series.resource_type
    return labels


def _named(matchers: Sequence[Matcher]) -> tuple[str, list[Matcher]]:
    """The metric a selector names, and its other conditions.

    Raises:
        PromqlError: it names none outright, which Cloud Monitoring requires.
    """
    names = [each for each in matchers if each.label == NAME]
    if any(each.operator in ("=~", "!~") for each in names):
        raise PromqlError('invalid parameter: regular expressions on "__name__" are not supported')
    equal = [each.value for each in names if each.operator == "="]
    if len(equal) != 1 or len(names) != 1:
        raise PromqlError("invalid parameter: a selector must name exactly one metric")
    return equal[0], [each for each in matchers if each.label != NAME]


def _result(value: Value, moment: float) -> Json:
    if isinstance(value, float):
        return {"resultType": "scalar", "result": [moment, _written(value)]}
    return {
        "resultType": "vector",
        "result": [
            {"metric": dict(each.labels), "value": [moment, _written(each.value)]} for each in value
        ],
    }


def _written(value: float) -> str:
    """A sample value as Prometheus writes it."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)


def _needed(parameters: Mapping[str, str], name: str) -> str:
    found = parameters.get(name)
    if not found:
        raise PromqlError(f'invalid parameter "{name}": unknown position: parse error: no value')
    return found


def _number(parameters: Mapping[str, str], name: str, default: float) -> float:
    text = parameters.get(name)
    if text is None:
        return default
    try:
        return float(text)
    except ValueError:
        raise PromqlError(f'invalid parameter "{name}": cannot parse "{text}"') from None


def _success(data: Json | Iterable[dict[str, str]]) -> Reply:
    return Reply.of({"status": "success", "data": data})


def _failure(status: int, kind: str, message: str) -> Reply:
    return Reply.of({"status": "error", "errorType": kind, "error": message}, status)
