"""What a request is about: its path and method as a target of the API."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from jetscale_tui.sandbox.kube.access import Attributes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from email.message import Message

_VERBS = {
    "GET": "get",
    "HEAD": "get",
    "POST": "create",
    "PUT": "update",
    "PATCH": "patch",
    "DELETE": "delete",
}
_OF_NAMESPACES = ("status", "finalize")
_ONE_NAME = re.compile(r"(?:^|,)metadata\.name==?([^,]+)")


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came over the wire."""

    method: str
    path: str
    """Percent-encoded, without the query."""
    query: Mapping[str, str]
    body: bytes = b""
    accept: str = ""
    content_type: str = ""
    user_agent: str = ""
    authorization: str = ""
    as_user: str = ""
    """Whom the caller acts as; empty: themselves."""
    as_groups: tuple[str, ...] = ()

    @classmethod
    def of(cls, method: str, url: str, body: bytes, headers: Message) -> Request:
        """A request from its line, body and headers."""
        parts = urlsplit(url)
        return cls(
            method,
            parts.path,
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            body,
            headers.get("Accept", ""),
            headers.get("Content-Type", "").partition(";")[0].strip(),
            headers.get("User-Agent", ""),
            headers.get("Authorization", ""),
            headers.get("Impersonate-User", ""),
            tuple(headers.get_all("Impersonate-Group") or ()),
        )

    def flag(self, name: str) -> bool:
        """Whether a query parameter says yes, as anything does but `false` and `0`."""
        return self.query.get(name, "false").lower() not in ("false", "0")


@dataclass(frozen=True, slots=True)
class Target:
    """The part of the API a request wants something of."""

    verb: str
    group: str
    version: str
    plural: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    rest: tuple[str, ...] = ()
    """What follows a proxy subresource, still percent-encoded."""

    @property
    def api_version(self) -> str:
        """`v1` or `group/version`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def attributes(self) -> Attributes:
        """What the request does, as authorisation sees it."""
        return Attributes(
            self.verb, self.group, self.plural, self.subresource, self.namespace, self.name
        )


def target_of(request: Request) -> Target | None:
    """The resource a request is about; None when it is about none."""
    raw = request.path.strip("/").split("/")
    group_segments = {"api": 0, "apis": 1}.get(raw[0])
    if group_segments is None or len(raw) < 3 + group_segments:
        return None
    parts = [unquote(part) for part in raw]
    group = parts[1] if group_segments else ""
    version, rest = parts[1 + group_segments], parts[2 + group_segments :]
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 1:
        namespace = rest[1]
        if len(rest) > 2 and rest[2] not in _OF_NAMESPACES:
            rest = rest[2:]
    plural, name, subresource = (*rest, "", "")[:3]
    verb = _VERBS.get(request.method, request.method.lower())
    if not name:
        if verb == "get":
            verb = "watch" if request.flag("watch") else "list"
        elif verb == "delete":
            verb = "deletecollection"
    further = tuple(raw[len(raw) - len(rest) + 3 :])
    return Target(verb, group, version, plural, namespace, name, subresource, further)


def attributes_of(target: Target | None, request: Request) -> Attributes:
    """What authorisation looks at: the object, or the one that a field selector asks for."""
    if target is None:
        return Attributes(request.method.lower(), path=request.path)
    named = _ONE_NAME.search("" if target.name else request.query.get("fieldSelector", ""))
    return replace(target.attributes, name=named[1]) if named else target.attributes
