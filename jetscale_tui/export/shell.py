"""Pieces of POSIX shell that scripts of gcloud, kubectl and helm commands are put together of.

Every value enters a script quoted, as the value of a variable, as a quoted word or inside a
here-document that nothing is expanded in.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.domain.spec import Google

KUBE = """\
kube() {
  kubectl --context="$CONTEXT" "$@"
}
"""
APPLY = """\
apply() {
  kube apply --server-side --field-manager=jetscale -f -
}
"""
TAKE_OVER = """\
take_over() {
  kube apply --server-side --field-manager=jetscale --force-conflicts -f -
}
"""
WAIT_FOR_VALUE = """\
# A metrics API answers before it has values: wait for a value.
wait_for_value() {
  tries=0
  until kube get --raw "$1" 2>/dev/null | grep -q '"value"'; do
    tries=$((tries + 1))
    if [ "$tries" -ge 60 ]; then
      echo "No value after ten minutes: $1" >&2
      exit 1
    fi
    sleep 10
  done
}
"""


def needs(tools: Iterable[str]) -> str:
    """Stops where a program is missing."""
    checks = "".join(f"need {tool}\n" for tool in tools)
    return f"""\
need() {{
  if ! command -v "$1" >/dev/null; then
    echo "$1 is needed and was not found." >&2
    exit 1
  fi
}}
{checks}"""


def project_id(known: str | None) -> str:
    """Sets PROJECT_ID, or insists on it."""
    if known is None:
        return ': "${PROJECT_ID:?Set it to the id of the project.}"'
    return f"PROJECT_ID={shlex.quote(known)}"


def project_number(known: str | None) -> Iterator[str]:
    """Sets PROJECT_NUMBER where it is not set; looks it up where it is not known."""
    yield "# The number, not the id, goes into the principal's path."
    yield 'if [ -z "${PROJECT_NUMBER:-}" ]; then'
    if known is not None:
        yield f"  PROJECT_NUMBER={shlex.quote(known)}"
    else:
        yield '  PROJECT_NUMBER="$(gcloud projects describe "$PROJECT_ID" \\'
        yield "    --format='value(projectNumber)')\""
    yield "fi"


def context(google: Google, known: str | None) -> Iterator[str]:
    """Sets CONTEXT where it is not set, to a kubeconfig context; needs PROJECT_ID."""
    yield 'if [ -z "${CONTEXT:-}" ]; then'
    if known:
        yield f"  CONTEXT={shlex.quote(known)}"
    elif google.location and google.cluster:
        yield f"  LOCATION={shlex.quote(google.location)}"
        yield f"  CLUSTER={shlex.quote(google.cluster)}"
        yield '  CONTEXT="gke_${PROJECT_ID}_${LOCATION}_${CLUSTER}"'
        yield '  if ! kubectl config get-contexts "$CONTEXT" >/dev/null 2>&1; then'
        yield '    gcloud container clusters get-credentials "$CLUSTER" \\'
        yield '      --location="$LOCATION" --project="$PROJECT_ID"'
        yield "  fi"
    else:
        yield '  CONTEXT="$(kubectl config current-context)"'
    yield "fi"


def fed(command: str, text: str) -> str:
    """A command with YAML of mappings as its input, no line of which can be the bare word END."""
    return f"{command} <<'END'\n{text}END\n"


def namespace_option(item: Json) -> str:
    """The option that says where an object is, with a space before it; empty without namespace."""
    name = item["metadata"].get("namespace")
    return f" --namespace={shlex.quote(name)}" if name else ""


def deletion(item: Json) -> str:
    """The command that deletes an object."""
    kind = Ref.of(item).kind
    resource = f"{kind.plural}.{kind.group}" if kind.group else kind.plural
    return (
        f"kubectl delete {resource} {shlex.quote(item['metadata']['name'])}{namespace_option(item)}"
    )
