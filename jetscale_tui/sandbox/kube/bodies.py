"""What a writing request carries: its body, its options, the manager it writes as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import yaml

from jetscale_tui.sandbox.kube import catalog, gojson, protobuf
from jetscale_tui.sandbox.kube.ownership.managedfields import Manager
from jetscale_tui.sandbox.kube.status import (
    ApiError,
    bad_request,
    forbidden,
    invalid,
    not_supported,
    refused,
    required,
    too_long,
    unroutable_media_type,
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
_HEAD = (
    '{ APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string '
    '"json:\\"kind,omitempty\\"" }'
)
"""What the decoder looks at first."""
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
        if request.content_type == APPLY and not field_manager:
            causes.append(required("fieldManager", "is required for apply patch"))
        if kind == "PatchOptions" and request.content_type != APPLY and "force" in query:
            causes.append(forbidden("force", "may not be specified for non-apply patch"))
        if len(field_manager.encode()) > _LONGEST_MANAGER:
            causes.append(too_long("fieldManager", _LONGEST_MANAGER))
        for at, character in enumerate(field_manager):
            if not character.isprintable():
                words = f"invalid character U+{ord(character):04X} (at position {at})"
                causes.append(invalid("fieldManager", field_manager, words))
        if dry_run not in ("", "All"):
            causes.append(not_supported("dryRun", [dry_run], ["All"]))
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
        raise _unrecognized(request.body, resource, str(error)) from error
    if not isinstance(body, dict):
        raise _unrecognized(
            request.body,
            resource,
            f"json: cannot unmarshal {gojson.go_name(body)} into Go value of type struct {_HEAD}",
        )
    for name in ("apiVersion", "kind"):
        if not isinstance(body.get(name, ""), str | None):
            given = gojson.go_name(body[name])
            why = f"json: cannot unmarshal {given} into Go struct field .{name} of type string"
            raise _unrecognized(request.body, resource, why)
    return _of_kind(body, resource)


def _unrecognized(body: bytes, resource: Resource, why: str) -> ApiError:
    return bad_request(
        f"the object provided is unrecognized (must be of type {resource.kind.name}): "
        f"couldn't get version/kind; json parse error: {why} ({gojson.summary(body)})"
    )


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
            return gojson.parse(request.body)


def configuration_in(request: Request, resource: Resource, options: WriteOptions) -> Json:
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
    if options.validation == "Strict":
        _check_keys_once(request.body)
    given = body.get("apiVersion") if isinstance(body, dict) else ""
    if given != resource.kind.api_version:
        raise bad_request(
            "Incorrect version specified in apply patch. Specified patch version: "
            f"{given or ''}, expected: {resource.kind.api_version}"
        )
    return _with_metadata(body, resource)


def _json_or_yaml(body: bytes) -> Any:
    try:
        return gojson.parse(body)
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


def _check_keys_once(body: bytes) -> None:
    """Refuse YAML that gives a key twice, with the line of each."""
    found, nodes = [], [yaml.compose(body, yaml.CSafeLoader)]
    while nodes:
        node = nodes.pop(0)
        if isinstance(node, yaml.SequenceNode):
            nodes += node.value
        elif isinstance(node, yaml.MappingNode):
            keys: set[str] = set()
            for key, value in node.value:
                if key.value in keys:
                    line = key.start_mark.line + 1
                    found.append(f'\n  line {line}: key "{key.value}" already set in map')
                keys.add(key.value)
                nodes.append(value)
    if found:
        raise bad_request(
            "error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:"
            + "".join(found)
        )


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


def _of_kind(body: Json, resource: Resource) -> Json:
    wanted = resource.kind
    given, version = body.get("kind") or wanted.name, body.get("apiVersion") or wanted.api_version
    handled = f'{given} in version "{str(version).rpartition("/")[2]}" cannot be handled as a'
    known = catalog.BY_KIND.get((version, given))
    if given != wanted.name and known is not None:
        internal = wanted.group.partition(".")[0] or "core"
        raise bad_request(
            f"{handled} {wanted.name}: converting ({known.kind.version}.{given}) to "
            f"({internal}.{wanted.name}): unknown conversion"
        )
    if version != wanted.api_version:
        raise bad_request(
            f"the API version in the data ({version}) does not match the expected API version "
            f"({wanted.api_version})"
        )
    if given != wanted.name:
        raise bad_request(
            f'{handled} {wanted.name}: no kind "{given}" is registered for version '
            f'"{wanted.api_version}" in scheme "pkg/api/legacyscheme/scheme.go:30"'
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
    if metadata is None:
        body["metadata"] = {}
    return body


def patch_in(request: Request, accepted: Sequence[str], *, custom: bool) -> Any:
    """The patch a request sends.

    Raises:
        ApiError: 400 or 415, it cannot be read or is of a type the resource does not take.
    """
    if request.content_type not in accepted:
        raise unsupported_media_type(accepted) if custom else unroutable_media_type()
    try:
        return gojson.parse(request.body)
    except ValueError as error:
        prefix = "error decoding patch: " if request.content_type == MERGE_PATCH else ""
        raise bad_request(f"{prefix}{error}") from error
