"""The external rules of prometheus-adapter's configuration, read and filled in as it does it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json

_FIELDS = re.compile(r"<<\s*\.(\w+)\s*>>")
_REQUIREMENT = re.compile(
    r"\s*(?:(?P<key>[^\s!=<>(),]+)\s*(?:(?P<set>in|notin)\s*\((?P<values>[^()]*)\)"
    r"|(?P<sign>==|!=|=)\s*(?P<value>[^\s!=<>(),]*))?|!(?P<absent>[^\s!=<>(),]+))\s*(?:,|$)"
)


class BadRules(Exception):
    """The configuration cannot be used; the message is the adapter's."""


class BadSelector(Exception):
    """A metric selector that cannot become a query."""


@dataclass(frozen=True, slots=True)
class ExternalRule:
    """Which series to discover, what to call the metric, and how to ask for it."""

    series_query: str
    name_matches: str
    name_as: str
    namespace_label: str
    """Empty: the query is not narrowed to the namespace of whoever asks."""
    metrics_query: str

    def metric_name(self, series: str) -> str:
        """What a discovered series is served as."""
        if not self.name_as:
            return series
        as_python = re.sub(r"\$\{?(\w+)\}?", r"\\g<\1>", self.name_as)
        return re.sub(self.name_matches, as_python, series, count=1)

    def query(self, series: str, namespace: str, selector: str) -> str:
        """The PromQL that answers for a metric.

        Raises:
            BadSelector: the selector cannot be expressed.
        """
        matchers = _matchers(selector)
        if self.namespace_label:
            matchers.append(f'{self.namespace_label}="{namespace}"')
        values = {"Series": series, "LabelMatchers": ",".join(matchers), "GroupBy": ""}
        return _FIELDS.sub(lambda field: values.get(field[1], ""), self.metrics_query)


def read_rules(text: str) -> tuple[ExternalRule, ...]:
    """The external rules of a configuration file.

    Raises:
        BadRules: it is none, or a rule lacks what it needs.
    """
    try:
        content = yaml.safe_load(text) or {}
        return tuple(_rule(each) for each in content.get("externalRules") or ())
    except (yaml.YAMLError, AttributeError, TypeError) as error:
        first = str(error).splitlines()[0]
        raise BadRules(f"unable to parse metrics discovery config: {first}") from error


def _rule(written: Json) -> ExternalRule:
    query = written.get("metricsQuery")
    if not written.get("seriesQuery") or not query:
        raise BadRules("an external rule needs both seriesQuery and metricsQuery")
    resources, name = written.get("resources") or {}, written.get("name") or {}
    matches = name.get("matches") or ".*"
    try:
        groups = re.compile(matches).groups
    except re.error as error:
        raise BadRules(f"unable to compile series name expression {matches!r}") from error
    return ExternalRule(
        written["seriesQuery"],
        # With one capture group and no template, the group is the name.
        f"^{matches}$" if matches == ".*" else matches,
        name.get("as") or (r"$1" if groups == 1 else ""),
        _namespace_label(resources) if resources.get("namespaced", True) else "",
        query,
    )


def _namespace_label(resources: Json) -> str:
    for label, override in (resources.get("overrides") or {}).items():
        if override.get("resource") in ("namespace", "namespaces"):
            return str(label)
    template = resources.get("template")
    if not template:
        raise BadRules("no generic resource label form specified for this metric")
    return _FIELDS.sub(lambda field: "namespace" if field[1] == "Resource" else "", template)


def _matchers(selector: str) -> list[str]:
    found, at = [], 0
    while at < len(selector):
        match = _REQUIREMENT.match(selector, at)
        if match is None:
            raise BadSelector(f"unable to parse requirement: {selector[at:]}")
        found.append(_matcher(match))
        at = match.end()
    return found


def _matcher(match: re.Match[str]) -> str:
    if match["absent"]:
        return f'{match["absent"]}=""'
    if match["set"]:
        values = "|".join(value.strip() for value in match["values"].split(","))
        return f'{match["key"]}{"=~" if match["set"] == "in" else "!~"}"{values}"'
    if match["sign"]:
        return f'{match["key"]}{"!=" if match["sign"] == "!=" else "="}"{match["value"]}"'
    return f'{match["key"]}!=""'
