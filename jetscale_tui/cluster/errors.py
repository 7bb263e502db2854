"""Turns what an API server, or the way to it, answers into errors a person can act on."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.domain.reading import mapping, objects, text
from jetscale_tui.errors import (
    AuthError,
    Conflict,
    JetScaleError,
    NotFound,
    PermissionDenied,
    QuotaExceeded,
    Rejected,
    Unreachable,
)

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json


class Expired(Unreachable):
    """The resource version or the page asked for is too old; only a new list helps."""


class Silent(Unreachable):
    """The server has said nothing for as long as we wait."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, in the words its error needs."""

    method: str
    path: str
    """Path below the API server's address, without a query."""
    server: str
    login: str = ""
    """Whose credentials: `user sandbox`, or the plugin that makes them."""
    renew: str = ""
    """What makes the credentials valid again."""

    @property
    def proxied(self) -> bool:
        """Whether a pod or Service answers, not the API server."""
        return "/proxy/" in self.path or self.path.endswith("/proxy")


@dataclass(frozen=True, slots=True)
class Answer:
    """A response that is not a success."""

    code: int
    reason: str
    """Machine-readable reason of a Status, such as `AlreadyExists`; empty for other bodies."""
    message: str
    details: Json

    @classmethod
    def of(cls, code: int, body: str) -> Answer:
        """Read a response's body: a Status where it is one, else its text."""
        try:
            status = json.loads(body)
        except ValueError:
            status = None
        if isinstance(status, dict) and status.get("kind") == "Status":
            return cls(
                code=code,
                reason=text(status.get("reason")),
                message=text(status.get("message")),
                details=mapping(status.get("details")),
            )
        return cls(code, "", body.strip()[:500], {})


def from_answer(code: int, body: str, asked: Asked) -> JetScaleError:
    """The error for a response with this HTTP status and body."""
    answer = Answer.of(code, body)
    if asked.proxied and not answer.reason:
        return JetScaleError(_http(code), why=answer.message, fix="Look at the pod's log.")
    if code == 401 or answer.reason == "Unauthorized":
        return AuthError(
            f"The cluster at {asked.server} refused the credentials of {asked.login}.",
            why=answer.message,
            fix=asked.renew,
        )
    if code == 403 or answer.reason == "Forbidden":
        return _forbidden(answer, asked)
    if code == 410 or answer.reason in ("Expired", "Gone"):
        return Expired("The cluster has forgotten this resource version.", why=answer.message)
    if code == 404 or answer.reason == "NotFound":
        return _not_found(answer, asked)
    if code == 409:
        return _conflict(answer, asked)
    if code in (400, 405, 406, 413, 415, 422) or _refused_inside(answer):
        return _rejected(answer, asked)
    if code in (429, 502, 503, 504):
        return _unavailable(answer, asked)
    return JetScaleError(
        f"The cluster at {asked.server} failed on {asked.method} {asked.path}: {_http(code)}.",
        why=answer.message,
        fix="Try again; if it stays, look at the API server's log.",
    )


_FORBIDDEN = re.compile(
    r'User "(?P<user>[^"]*)" cannot (?P<verb>\S+) resource "(?P<resource>[^"]*)"'
    r'(?: in API group "(?P<group>[^"]*)")?'
    r'(?: in the namespace "(?P<namespace>[^"]*)")?'
)

_NOBODY = "system:anonymous"


def _forbidden(answer: Answer, asked: Asked) -> JetScaleError:
    if "exceeded quota" in answer.message:
        return QuotaExceeded(
            f"A resource quota stands in the way of {_subject(answer, asked)}.",
            why=answer.message,
            fix="Raise the ResourceQuota or free what it counts.",
        )
    match = _FORBIDDEN.search(answer.message)
    if match is None:
        return PermissionDenied(
            f"The cluster does not allow {asked.method} {asked.path}.",
            why=answer.message,
            fix="An admission rule or a missing role stands in the way; ask its administrator.",
        )
    if match["user"] == _NOBODY:
        return AuthError(
            f"The cluster at {asked.server} got no credentials it knows, from {asked.login}.",
            why=answer.message,
            fix=asked.renew,
        )
    resource = match["resource"] + (f".{match['group']}" if match["group"] else "")
    place = f" in namespace {match['namespace']}" if match["namespace"] else " in the whole cluster"
    flag = f" -n {match['namespace']}" if match["namespace"] else " --all-namespaces"
    return PermissionDenied(
        f"{match['user']} may not {match['verb']} {resource}{place}.",
        why=answer.message,
        fix=f"Ask an administrator for the right `{match['verb']} {resource}`; check it with "
        f"`kubectl auth can-i {match['verb']} {resource}{flag}`.",
    )


def _not_found(answer: Answer, asked: Asked) -> NotFound:
    if not text(answer.details.get("name")):
        return NotFound(
            f"The cluster does not serve {asked.path}.",
            why=answer.message,
            fix="The API it belongs to is not installed, or has another version.",
        )
    return NotFound(f"There is no {_subject(answer, asked)}.", why=answer.message)


_MANAGER = re.compile(r'conflict with "(?P<manager>[^"]*)"(?: with subresource "(?P<sub>[^"]*)")?')


def _conflict(answer: Answer, asked: Asked) -> Conflict:
    owned: dict[str, list[str]] = {}
    for cause in objects(answer.details.get("causes")):
        match = _MANAGER.search(text(cause.get("message")))
        if cause.get("reason") == "FieldManagerConflict" and match is not None:
            owned.setdefault(match["manager"], []).append(text(cause.get("field")))
    if owned:
        managers = "; ".join(f"{name} owns {', '.join(owned[name])}" for name in sorted(owned))
        return Conflict(
            f"Somebody else manages fields of {_object(asked.path)}: {managers}.",
            why=answer.message,
            fix="Keep their values in the setup, or take the fields over for this object.",
        )
    if answer.reason == "AlreadyExists":
        return Conflict(
            f"There already is {_subject(answer, asked)}.",
            why=answer.message,
            fix="Choose another name, or delete it first.",
        )
    return Conflict(
        f"{_object(asked.path)} changed meanwhile.",
        why=answer.message,
        fix="Look at it again and repeat.",
    )


_SERVER_SIDE_REFUSALS = (
    "failed to create typed patch object",
    "failed to create typed live object",
    "failed to convert new object",
    "unable to convert unstructured object",
)


def _refused_inside(answer: Answer) -> bool:
    """Whether a 500 means an invalid object: server-side apply reports some of them so."""
    return answer.code == 500 and answer.message.startswith(_SERVER_SIDE_REFUSALS)


def _rejected(answer: Answer, asked: Asked) -> Rejected:
    causes = [
        f"{field}: {text(cause.get('message'))}"
        for cause in objects(answer.details.get("causes"))
        if (field := text(cause.get("field"))) and field != "<nil>"
    ]
    return Rejected(
        f"The cluster does not accept {_object(asked.path)}.",
        why="; ".join(causes) or answer.message,
        fix="Correct these fields and try again." if causes else "Correct the object.",
    )


def _unavailable(answer: Answer, asked: Asked) -> Unreachable:
    if asked.path.startswith("/apis/") and "metrics.k8s.io" in asked.path:
        return Unreachable(
            f"The metrics API {'/'.join(asked.path.split('/')[2:4])} does not answer.",
            why=answer.message,
            fix="Its adapter is missing, starting or broken: look at its APIService and its pods.",
        )
    if answer.code == 429:
        return Unreachable(
            f"The cluster at {asked.server} is busy and asked to wait.",
            why=answer.message,
            fix="Try again in a moment.",
        )
    return Unreachable(
        f"The cluster at {asked.server} cannot answer {asked.method} {asked.path} now "
        f"({_http(answer.code)}).",
        why=answer.message,
        fix="Try again in a moment.",
    )


def _subject(answer: Answer, asked: Asked) -> str:
    """`horizontalpodautoscalers.autoscaling web`, from a Status or else from the path."""
    kind, name = text(answer.details.get("kind")), text(answer.details.get("name"))
    if not (kind and name):
        return _object(asked.path)
    group = text(answer.details.get("group"))
    place = _namespace(asked.path)
    return f"{kind}{f'.{group}' if group else ''} {name}{f' in namespace {place}' if place else ''}"


def _object(path: str) -> str:
    """`horizontalpodautoscalers default/web` for an object's path, else the path."""
    parts = path.strip("/").split("/")
    parts = parts[2:] if parts[0] == "api" else parts[3:]
    if parts[:1] == ["namespaces"] and len(parts) >= 3:
        return f"{parts[2]} {parts[1]}/{parts[3]}" if len(parts) > 3 else f"{parts[2]} {parts[1]}"
    return " ".join(parts[:2]) or path


def _namespace(path: str) -> str:
    match = re.search(r"/namespaces/([^/]+)/", path)
    return match[1] if match else ""


def _http(code: int) -> str:
    from http import HTTPStatus

    try:
        return f"HTTP {code} {HTTPStatus(code).phrase}"
    except ValueError:
        return f"HTTP {code}"
