"""What a writing request carries: its body, its options, the manager it writes as."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import yaml

from jetscale_tui.sandbox.kube import protobuf
from jetscale_tui.sandbox.kube.ownership.managedfields import Manager
from jetscale_tui.sandbox.kube.status import (
    bad_request,
    invalid,
    not_supported,
    refused,
    required,
    unsupported_media_type,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.catalog import Resource
    from jetscale_tui.sandbox.kube.routes import Request

APPLY = "application/apply-patch+yaml"
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
_OBJECTS = ("application/json", "application/yaml", protobuf.MEDIA_TYPE)
_LONGEST_MANAGER = 128
_DEEPEST = 200
"""Levels of nesting nobody's configuration has."""


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """Query parameters of a write."""

    dry_run: bool
    validation: Literal["Ignore", "Warn", "Strict"]
    manager: str
    force: bool

    @classmethod
    def of(cls, request: Request, kind: str) -> WriteOptions:
        """The options of a request; `kind` is what a refusal calls them.

        Raises:
            ApiError: 422, an option has a value it cannot have.
        """
        query = request.query
        dry_run, validation = query.get("dryRun", ""), query.get("fieldValidation") or "Warn"
        field_manager = query.get("fieldManager", "")
        causes = []
        if dry_run not in ("", "All"):
            causes.append(not_supported("dryRun", [dry_run], ["All"]))
        if len(field_manager) > _LONGEST_MANAGER:
            causes.append(invalid("fieldManager", field_manager, "may not be more than 128 bytes"))
        if not field_manager.isprintable():
            causes.append(
                invalid("fieldManager", field_manager, "should only contain printable characters")
            )
        if request.content_type == APPLY and not field_manager:
            causes.append(required("fieldManager", "is required for apply patch"))
        if validation not in ("Ignore", "Warn", "Strict"):
            choices = ["", "Ignore", "Strict", "Warn"]
            causes.append(not_supported("fieldValidation", validation, choices))
        if causes:
            raise refused(None, "", causes, f"{kind}.meta.k8s.io")
        agent = request.user_agent.partition("/")[0][:_LONGEST_MANAGER]
        return cls(
            dry_run == "All",
            validation,  # type: ignore[arg-type]
            field_manager or agent or "unknown",
            request.flag("force"),
        )

    def updater(self, resource: Resource, subresource: str = "") -> Manager:
        """The manager of an ordinary write."""
        return Manager(self.manager, "Update", resource.kind.api_version, subresource)

    def applier(self, resource: Resource, subresource: str = "") -> Manager:
        """The manager of a server-side apply."""
        return Manager(self.manager, "Apply", resource.kind.api_version, subresource)


def object_in(request: Request, resource: Resource) -> Json:
    """The object a create or update sends.

    Raises:
        ApiError: 400 or 415, it is no object of the resource.
    """
    if request.content_type not in ("", *_OBJECTS):
        raise unsupported_media_type(_OBJECTS)
    try:
        body = parsed(request)
    except (ValueError, yaml.YAMLError) as error:
        raise bad_request(
            f"the object provided is unrecognized (must be of type {resource.kind.name}): "
            f"couldn't get version/kind; json parse error: {error}"
        ) from error
    return _of_kind(body, resource)


def parsed(request: Request) -> Any:
    """The body of a request as data, whatever its encoding.

    Raises:
        ValueError, yaml.YAMLError: it cannot be read.
    """
    match request.content_type:
        case protobuf.MEDIA_TYPE:
            return protobuf.object_of(request.body)
        case "application/yaml":
            return _yaml(request.body)
        case _:
            return json.loads(request.body or b"null")


def configuration_in(request: Request, resource: Resource) -> Json:
    """The configuration a server-side apply sends.

    Raises:
        ApiError: 400, it cannot be read or is of another kind.
    """
    try:
        body = _json_or_yaml(request.body)
    except yaml.MarkedYAMLError as error:
        raise bad_request(
            f"error decoding YAML: error converting YAML to JSON: yaml: {_yaml_problem(error)}"
        ) from error
    except (yaml.YAMLError, ValueError) as error:
        raise bad_request(f"error decoding YAML: {error}") from error
    given = body.get("apiVersion") if isinstance(body, dict) else ""
    if given != resource.kind.api_version:
        raise bad_request(
            "Incorrect version specified in apply patch. Specified patch version: "
            f"{given or ''}, expected: {resource.kind.api_version}"
        )
    return _with_metadata(body, resource)


def _json_or_yaml(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return _yaml(body)


def _yaml(body: bytes) -> Any:
    """YAML as JSON data, by the parser whose words a real server uses.

    Its composer recurses in C without a limit, so the nesting is measured before.
    """
    depth = 0
    for event in yaml.parse(body, yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise ValueError("exceeded max depth")
    return _plain(yaml.load(body, yaml.CSafeLoader))


def _yaml_problem(error: yaml.MarkedYAMLError) -> str:
    """A problem where Go's YAML library sees it: it counts lines of the parser from zero."""
    lines = [mark.line for mark in (error.context_mark, error.problem_mark) if mark is not None]
    line = next(filter(None, lines), 0) + isinstance(error, yaml.scanner.ScannerError)
    return f"line {line}: {error.problem}" if line else str(error.problem)


def _plain(value: Any) -> Any:
    """YAML data as JSON data: timestamps become text again, keys are strings."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    text = value.isoformat()
    return str(text).replace("+00:00", "Z")


def _of_kind(body: Any, resource: Resource) -> Json:
    wanted = resource.kind
    if not isinstance(body, dict):
        raise bad_request(
            f"the object provided is unrecognized (must be of type {wanted.name}): couldn't get "
            "version/kind; json parse error: json: cannot unmarshal into Go value of type struct"
        )
    given, version = body.get("kind"), body.get("apiVersion")
    if version not in (None, "", wanted.api_version):
        raise bad_request(
            f"the API version in the data ({version}) does not match the expected API version "
            f"({wanted.api_version})"
        )
    if given not in (None, "", wanted.name):
        raise bad_request(
            f'{given} in version "{wanted.version}" cannot be handled as a {wanted.name}: no kind '
            f'"{given}" is registered for version "{wanted.api_version}"'
        )
    return _with_metadata(body, resource)


def _with_metadata(body: Json, resource: Resource) -> Json:
    wanted, metadata = resource.kind, body.get("metadata")
    if metadata is not None and not isinstance(metadata, dict):
        raise bad_request(
            f'{wanted.name} in version "{wanted.version}" cannot be handled as a {wanted.name}: '
            f"json: cannot unmarshal into Go struct field {wanted.name}.metadata of type "
            "v1.ObjectMeta"
        )
    return {**body, "metadata": dict(metadata or {})}


def patch_in(request: Request, accepted: Sequence[str]) -> Any:
    """The patch a request sends.

    Raises:
        ApiError: 400 or 415, it cannot be read or is of a type the resource does not take.
    """
    if request.content_type not in accepted:
        raise unsupported_media_type(accepted)
    try:
        return json.loads(request.body)
    except ValueError as error:
        raise bad_request(f"error decoding patch: {error}") from error
