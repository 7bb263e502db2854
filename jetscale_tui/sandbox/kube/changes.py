"""What the patch of a request does to an object, and how its refusals show it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jetscale_tui.sandbox.kube import bodies, patch
from jetscale_tui.sandbox.kube.gojson import duplicates, go_name, printed
from jetscale_tui.sandbox.kube.objects import clone
from jetscale_tui.sandbox.kube.shapes import schema
from jetscale_tui.sandbox.kube.shapes.decode import Decoded, DecodeError, decode
from jetscale_tui.sandbox.kube.status import ApiError, bad_request, invalid, refused

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.catalog import Resource
    from jetscale_tui.sandbox.kube.routes import Request


class Change:
    """A JSON, merge or strategic merge patch."""

    def __init__(self, request: Request, resource: Resource) -> None:
        """Read it.

        Raises:
            ApiError: 400 or 415, it cannot be read or is of a type the resource does not take.
        """
        accepted = [bodies.JSON_PATCH, bodies.MERGE_PATCH, bodies.APPLY]
        if not resource.custom:
            accepted.insert(2, bodies.STRATEGIC_PATCH)
        self._resource = resource
        self._type = request.content_type
        self._content: Any = bodies.patch_in(request, accepted, custom=resource.custom)
        if self._type != bodies.JSON_PATCH and not isinstance(self._content, dict):
            prefix = "error decoding patch: " if self._type == bodies.MERGE_PATCH else ""
            raise bad_request(
                f"{prefix}json: cannot unmarshal {go_name(self._content)} into Go value of type "
                "map[string]interface {}"
            )

    def apply(self, old: Json, *, strict: bool) -> Decoded:
        """The object it leads to.

        Raises:
            ApiError: 422, it does not fit the object, or leads to something that is none.
        """
        patched = self._patched(old)
        try:
            decoded = decode(patched, self._resource)
        except DecodeError as error:
            raise self._refusal(patched, error) from error
        decoded.unknown[:0] = [f'duplicate field "{path}"' for path in duplicates(self._content)]
        if decoded.unknown and strict:
            told = f"strict decoding error: {', '.join(decoded.unknown)}"
            raise self._refusal(patched, DecodeError(told))
        return decoded

    def _patched(self, old: Json) -> Json:
        if self._type == bodies.STRATEGIC_PATCH:
            node = schema.of(self._resource.kind)
            return {**clone(patch.strategic(clone(old), self._content, node)), **_head(old)}
        if self._type == bodies.MERGE_PATCH:
            patched: Json = clone(patch.merge(old, self._content))
        else:
            patched = patch.json_patch(old, self._content)
        if _head({**old, **patched}) != _head(old):
            kind, version = patched.get("kind"), patched.get("apiVersion")
            words = f'no kind "{kind}" is registered for version "{version}"'
            scheme = 'in scheme "pkg/api/legacyscheme/scheme.go:30"'
            raise self._refusal(patched, DecodeError(f"{words} {scheme}"))
        return patched

    def _refusal(self, patched: Json, error: DecodeError) -> ApiError:
        if self._type == bodies.STRATEGIC_PATCH:
            cause = invalid("patch", printed(self._content), error.restored)
        else:
            cause = invalid("patch", json.dumps(patched, separators=(",", ":")), str(error))
        return refused(None, "", [cause])


def _head(obj: Json) -> Json:
    return {"apiVersion": obj["apiVersion"], "kind": obj["kind"]}
