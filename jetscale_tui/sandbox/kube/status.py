"""What the API server says when it refuses: Status objects and the causes inside them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jetscale_tui.domain.kinds import Json, Kind


@dataclass(frozen=True, slots=True)
class Cause:
    """One problem of one field, in the words of apimachinery's field errors."""

    reason: str
    message: str
    field: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


def required(field: str, detail: str = "") -> Cause:
    """A field that has to be given."""
    return Cause("FieldValueRequired", _with("Required value", detail), field)


def invalid(field: str, value: Any, detail: str, *, reason: str = "FieldValueInvalid") -> Cause:
    """A value that does not fit."""
    return Cause(reason, _with(f"Invalid value: {shown(value)}", detail), field)


def not_supported(field: str, value: Any, supported: Sequence[str]) -> Cause:
    """A value outside an enumeration."""
    choices = ", ".join(json.dumps(choice) for choice in supported)
    return Cause(
        "FieldValueNotSupported",
        f"Unsupported value: {shown(value)}: supported values: {choices}",
        field,
    )


def forbidden(field: str, detail: str) -> Cause:
    """A field that may not be given here."""
    return Cause("FieldValueForbidden", _with("Forbidden", detail), field)


def duplicate(field: str, value: Any) -> Cause:
    """A value given twice."""
    return Cause("FieldValueDuplicate", f"Duplicate value: {shown(value)}", field)


def too_long(field: str, most: int) -> Cause:
    """A text of more bytes than the field takes."""
    return Cause("FieldValueTooLong", f"Too long: may not be more than {most} bytes", field)


def shown(value: Any) -> str:
    """A value as it appears in a message."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _with(text: str, detail: str) -> str:
    return f"{text}: {detail}" if detail else text


class ApiError(Exception):
    """A request that is refused; carries the Status that is sent."""

    def __init__(self, code: int, reason: str, message: str, details: Json | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.status: Json = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
        }
        if reason:
            self.status["reason"] = reason
        if details is not None:
            self.status["details"] = details
        self.status["code"] = code

    @property
    def headers(self) -> dict[str, str]:
        """What is sent along: when to come back, if that may help."""
        seconds = self.status.get("details", {}).get("retryAfterSeconds")
        return {"Retry-After": str(seconds)} if seconds else {}


def qualified(kind: Kind) -> str:
    """`horizontalpodautoscalers.autoscaling`; without a dot in the core group."""
    return f"{kind.plural}.{kind.group}" if kind.group else kind.plural


def resource_details(kind: Kind, name: str = "") -> Json:
    """The details that name a resource; empty parts are left out."""
    parts = {"name": name, "group": kind.group, "kind": kind.plural}
    return {key: value for key, value in parts.items() if value}


def not_found(kind: Kind, name: str) -> ApiError:
    """The object does not exist."""
    message = f'{qualified(kind)} "{name}" not found'
    return ApiError(404, "NotFound", message, resource_details(kind, name))


def already_exists(kind: Kind, name: str, *, leaving: bool = False) -> ApiError:
    """The name is taken, be it by something on its way out."""
    message = f'{qualified(kind)} "{name}" already exists'
    if leaving:
        message = f"object is being deleted: {message}"
    return ApiError(409, "AlreadyExists", message, resource_details(kind, name))


def conflict(kind: Kind, name: str, why: str) -> ApiError:
    """The write does not fit what is stored."""
    message = f'Operation cannot be fulfilled on {qualified(kind)} "{name}": {why}'
    return ApiError(409, "Conflict", message, resource_details(kind, name))


MODIFIED = (
    "the object has been modified; please apply your changes to the latest version and try again"
)


def refused(kind: Kind | None, name: str, causes: Sequence[Cause], label: str = "") -> ApiError:
    """The object is invalid. `label` replaces the kind for things that are none.

    What is said twice is a cause twice, but once in the message.
    """
    unique = list(dict.fromkeys(map(str, causes)))
    listed = unique[0] if len(unique) == 1 else f"[{', '.join(unique)}]"
    group, name_of_kind = (kind.group, kind.name) if kind else ("", "")
    if label:
        name_of_kind, _, group = label.partition(".")
    subject = f"{name_of_kind}.{group}" if group else name_of_kind
    details = {"name": name, "group": group, "kind": name_of_kind}
    return ApiError(
        422,
        "Invalid",
        f'{subject} "{name}" is invalid: {listed}',
        {key: value for key, value in details.items() if value}
        | {
            "causes": [
                {"reason": cause.reason, "message": cause.message, "field": cause.field}
                for cause in causes
            ]
        },
    )


def bad_request(message: str) -> ApiError:
    """The request itself makes no sense."""
    return ApiError(400, "BadRequest", message)


def internal(message: str) -> ApiError:
    """What a real server reports as 500 without a reason."""
    return ApiError(500, "", message)


def unsupported_media_type(accepted: Sequence[str]) -> ApiError:
    """A body in a format the resource does not take."""
    return ApiError(
        415,
        "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: "
        + ", ".join(accepted),
    )


def unroutable_media_type() -> ApiError:
    """A patch of a built-in kind in a format that none of its routes takes."""
    return ApiError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})


def no_such_path() -> ApiError:
    """Nothing has this path, in a group and version that is served."""
    return ApiError(404, "NotFound", "the server could not find the requested resource", {})


def method_not_allowed() -> ApiError:
    """The resource exists but not this verb."""
    return ApiError(
        405,
        "MethodNotAllowed",
        "the server does not allow this method on the requested resource",
        {},
    )


def broken() -> ApiError:
    """The server itself has failed."""
    message = "Internal error occurred: the sandbox could not answer; its log says why"
    return ApiError(500, "InternalError", message)


def too_large(limit: int) -> ApiError:
    """A body nobody should send."""
    message = f"Request entity too large: limit is {limit}"
    return ApiError(413, "RequestEntityTooLarge", message)


def expired(message: str) -> ApiError:
    """A resource version that history does not reach back to."""
    return ApiError(410, "Expired", message)


def too_new(wanted: int, current: int) -> ApiError:
    """A resource version that is yet to come."""
    cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    return ApiError(
        504,
        "Timeout",
        f"Timeout: Too large resource version: {wanted}, current: {current}",
        {"causes": [cause], "retryAfterSeconds": 1},
    )


def unavailable(message: str) -> ApiError:
    """Nobody behind it to answer."""
    return ApiError(503, "ServiceUnavailable", message)
