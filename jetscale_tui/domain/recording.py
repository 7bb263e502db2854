"""A recording of what a dashboard was told: watch events with their times, as JSON lines.

The first line is the header, every other one an entry. Only what rows are made of is kept: no
Secrets (they are not watched), no managed fields, no annotations, and of a container neither its
command nor its environment.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, assert_never

from jetscale_tui.domain.kinds import EVENT, HPA, NODE, POD
from jetscale_tui.domain.live import Changed, ChangeType, Link, LinkChanged, LinkState, Listed
from jetscale_tui.domain.reading import mapping, objects, text

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json, Kind
    from jetscale_tui.domain.live import WatchEvent

FORMAT = "jetscale recording"
VERSION = 1
"""Grows when older programs could no longer read it."""
_KINDS = {kind.plural: kind for kind in (HPA, POD, NODE, EVENT)}
_METADATA = (
    "name",
    "namespace",
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "deletionTimestamp",
    "generation",
    "labels",
    "ownerReferences",
)
_CONTAINER = ("name", "resources", "restartPolicy")
_NODE_STATUS = ("allocatable", "conditions")


class NotARecording(ValueError):
    """A line is not what it should be; the message says how."""


@dataclass(frozen=True, slots=True)
class Header:
    """What was recorded."""

    started: datetime
    """The cluster's time of the first entry."""
    namespace: str | None
    """None: all namespaces."""
    name: str | None = None
    """The HPA that was asked for, if one was."""
    context: str = ""
    """kubeconfig context of the cluster."""


class Entry(NamedTuple):
    """One thing that was heard."""

    at: float
    """Seconds of the cluster's time since the start, to the microsecond."""
    event: WatchEvent


def header_line(header: Header) -> str:
    """The first line of a recording."""
    about = asdict(header) | {"started": header.started.isoformat()}
    return _line({"format": FORMAT, "version": VERSION, **about})


def read_header(line: str) -> Header:
    """The header in a first line.

    Raises:
        NotARecording: it is another file, or one from a later version.
    """
    about = _object(line)
    if about.get("format") != FORMAT:
        raise NotARecording("its first line does not say that it is a recording")
    version = about.get("version")
    if version != VERSION:
        raise NotARecording(f"it is of version {version!r}, and this program knows {VERSION}")
    try:
        started = _time(about["started"])
    except (KeyError, TypeError, ValueError) as error:
        raise NotARecording("its header does not say when it started") from error
    namespace, name = about.get("namespace"), about.get("name")
    if not isinstance(namespace, str | None) or not isinstance(name, str | None):
        raise NotARecording("its header names what was watched in no way that is known")
    return Header(started, namespace, name, text(about.get("context")))


def entry_line(header: Header, event: WatchEvent, now: datetime) -> str:
    """An event as of the cluster's time."""
    entry: Json = {"at": (now - header.started) / timedelta(seconds=1)}
    match event:
        case Listed(kind, items, first, last):
            entry |= {"list": kind.plural, "first": first, "last": last}
            entry["objects"] = [kept(kind, item) for item in items]
        case Changed(kind, change, item):
            entry |= {"change": change.value, "of": kind.plural, "object": kept(kind, item)}
        case LinkChanged(link):
            heard = None if link.heard is None else link.heard.isoformat()
            entry["link"] = asdict(link) | {"heard": heard}
        case _:
            assert_never(event)
    return _line(entry)


def read_entry(line: str) -> Entry:
    """The entry in a line.

    Raises:
        NotARecording: it is none.
    """
    entry = _object(line)
    at = entry.get("at")
    if not isinstance(at, int | float) or not math.isfinite(at):
        raise NotARecording("it has no time")
    try:
        return Entry(float(at), _event(entry))
    except (KeyError, TypeError, ValueError) as error:
        raise NotARecording("it holds no event that is known") from error


def moment(header: Header, at: float) -> datetime:
    """The cluster's time so many seconds after the start."""
    return header.started + timedelta(seconds=at)


def _event(entry: Json) -> WatchEvent:
    if "link" in entry:
        link = dict(entry["link"])
        link["heard"] = None if link["heard"] is None else _time(link["heard"])
        return LinkChanged(Link(**link | {"state": LinkState(link["state"])}))
    if "list" in entry:
        items = tuple(_whole_object(item) for item in entry["objects"])
        return Listed(_KINDS[entry["list"]], items, bool(entry["first"]), bool(entry["last"]))
    change, kind = ChangeType(entry["change"]), _KINDS[entry["of"]]
    return Changed(kind, change, _whole_object(entry["object"]))


def _time(text: Any) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return time


def _whole_object(item: Any) -> Json:
    if not isinstance(item, dict):
        raise TypeError("an object is expected")
    return item


def kept(kind: Kind, item: Json) -> Json:
    """What is kept of an object."""
    metadata, spec, status = (mapping(item.get(part)) for part in ("metadata", "spec", "status"))
    thin = item | {"metadata": _only(metadata, _METADATA)}
    if kind is HPA:
        managers = [
            _only(entry, ("manager", "subresource", "time"))
            for entry in objects(metadata.get("managedFields"))
            if entry.get("subresource") == "status"
        ]
        # Of the managers only when the status was written; the dashboard counts from there.
        thin["metadata"] |= {"managedFields": managers} if managers else {}
    elif kind is POD:
        thin["spec"] = _only(spec, ("nodeName",)) | {
            part: [_only(container, _CONTAINER) for container in objects(spec[part])]
            for part in ("containers", "initContainers")
            if part in spec
        }
    elif kind is NODE:
        thin["spec"] = _only(spec, ("unschedulable",))
        thin["status"] = _only(status, _NODE_STATUS)
    return thin


def _only(item: Json, keys: tuple[str, ...]) -> Json:
    return {key: item[key] for key in keys if key in item}


def _line(document: Json) -> str:
    return json.dumps(document, separators=(",", ":")) + "\n"


def _object(line: str) -> Json:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise NotARecording("it is not JSON") from error
    if not isinstance(document, dict):
        raise NotARecording("it is no JSON object")
    return document
