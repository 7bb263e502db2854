"""Which shape of an answer a client asked for, and its rendering as that."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import yaml

from jetscale_tui.sandbox.kube.status import ApiError

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.handlers import Reply

Form = Literal["object", "table", "metadata"]

_FORMS: dict[str, Form] = {
    "Table": "table",
    "PartialObjectMetadata": "metadata",
    "PartialObjectMetadataList": "metadata",
}
_JSON = "application/json"
_YAML = "application/yaml"
_MEDIA_TYPES = (_JSON, _YAML)
_READABLE = (*_MEDIA_TYPES, "application/*", "*/*")
_DISCOVERY = "APIGroupDiscoveryList"


def media_types(accept: str) -> list[tuple[str, dict[str, str]]]:
    """The clauses of an Accept header by preference, each with its parameters."""
    clauses = []
    for clause in accept.split(","):
        name, *parameters = [part.strip() for part in clause.split(";")]
        pairs = (parameter.partition("=") for parameter in parameters)
        clauses.append((name, {key: value for key, _, value in pairs}))
    return sorted(clauses, key=lambda clause: -_quality(clause[1].get("q", "1")))


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 1.0


def form_of(accept: str, *, streamed: bool = False) -> Form:
    """The first form of an Accept header that the server can give; YAML cannot be streamed.

    Raises:
        ApiError: 406, it can give none.
    """
    for name, parameters in media_types(accept or "*/*"):
        if name in _READABLE and not (streamed and name == _YAML):
            wanted = parameters.get("as", "")
            if not wanted:
                return "object"
            if wanted in _FORMS and parameters.get("v", "v1") == "v1":
                return _FORMS[wanted]
    offered = f"{_JSON};stream=watch" if streamed else ", ".join(_MEDIA_TYPES)
    message = f"only the following media types are accepted: {offered}"
    raise ApiError(406, "NotAcceptable", message)


def encoded(reply: Reply, accept: str) -> Reply:
    """A reply of JSON as the client would rather have it: YAML, where that is what it accepts."""
    preferred = next((name for name, _ in media_types(accept) if name in _READABLE), "")
    if preferred != _YAML or reply.content_type != _JSON:
        return reply
    text = yaml.dump(json.loads(reply.body), Dumper=yaml.CSafeDumper, allow_unicode=True)
    return replace(reply, body=text.encode(), content_type=_YAML)


def aggregated_discovery(accept: str) -> str:
    """The media type of aggregated discovery a client prefers; empty: the classic documents."""
    for name, parameters in media_types(accept):
        if parameters.get("as") == _DISCOVERY and parameters.get("v") in ("v2", "v2beta1"):
            return f"{name};g=apidiscovery.k8s.io;v={parameters['v']};as={_DISCOVERY}"
        if name == "application/json" and "as" not in parameters:
            return ""
    return ""


def partial(obj: Json) -> Json:
    """Only the metadata of an object."""
    return {
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": obj["metadata"],
    }
