"""A POSIX shell script of gcloud, kubectl and helm commands that does what JetScale would do.

Every value of the document enters the script quoted, as the value of a variable, as a quoted word
or inside a here-document that nothing is expanded in.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING
from urllib.parse import quote

from jetscale_tui.domain.kinds import Ref
from jetscale_tui.domain.spec import Identity
from jetscale_tui.export.comments import commented, heading
from jetscale_tui.export.helm import upgrade_command
from jetscale_tui.manifests.build import build, google_account, helm_release, metric_query
from jetscale_tui.manifests.dump import document, manifests
from jetscale_tui.manifests.hpa import hpa_name
from jetscale_tui.manifests.identity import MONITORING_VIEWER, kubernetes_account
from jetscale_tui.manifests.metadata import is_literal
from jetscale_tui.manifests.rbac import EXTERNAL_METRICS_GROUP

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jetscale_tui.domain.google import Project
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.manifests.build import ObjectGroup
    from jetscale_tui.manifests.identity import GoogleAccount

_SERVICES = ("container", "monitoring", "cloudresourcemanager")
_ACCOUNT_SERVICES = ("iam", "iamcredentials")
_PRINCIPAL = (
    "principal://iam.googleapis.com/projects/${PROJECT_NUMBER}/locations/global/"
    "workloadIdentityPools/${PROJECT_ID}.svc.id.goog/subject/ns/${READER_NAMESPACE}/sa/${READER}"
)

_FUNCTIONS = """\
kube() {
  kubectl --context="$CONTEXT" "$@"
}

apply() {
  kube apply --server-side --field-manager=jetscale -f -
}

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


def script(setup: Setup, profile: Profile, project: Project | None) -> str:
    """The whole script. It stops at the first command that fails and may be run again."""
    groups = build(setup, profile, project)
    head = heading(
        setup,
        profile,
        "Run with: sh FILE. It stops at the first command that fails and may be run again.",
        "CONTEXT and PROJECT_NUMBER may be set beforehand, to a kubeconfig context and a number.",
    )
    sections = [
        f"#!/bin/sh\n{head}\nset -eu\n",
        _needs(setup, profile),
        _variables(setup, project),
        _FUNCTIONS,
        _services(setup),
        _metrics_port(setup, profile),
        *(_applied(group) for group in groups if group.step.startswith("scrape")),
        _identity(setup, google_account(setup, project)),
        *(_applied(group) for group in groups if group.step == "adapter"),
        _helm(setup, profile),
        _adapter_is_up(setup, profile, groups),
        *(_applied(group) for group in groups if group.step == "hpa"),
        _autoscaler_is_active(setup),
        _undo(setup, profile, project, groups),
    ]
    return "\n".join(section for section in sections if section)


def _needs(setup: Setup, profile: Profile) -> str:
    tools = ["gcloud", "kubectl", *(["helm"] if helm_release(setup, profile) else [])]
    return f"""\
for tool in {" ".join(tools)}; do
  if ! command -v "$tool" >/dev/null; then
    echo "$tool is needed and was not found." >&2
    exit 1
  fi
done
"""


def _variables(setup: Setup, project: Project | None) -> str:
    project_id = project.project_id if project else setup.google.project
    lines = [': "${PROJECT_ID:?Set it to the id of the project.}"']
    if project_id:
        lines = [f"PROJECT_ID={shlex.quote(project_id)}"]
    if setup.adapter.identity is Identity.PRINCIPAL:
        lines += _project_number(project)
    return "\n".join([*lines, *_context(setup)]) + "\n"


def _project_number(project: Project | None) -> Iterator[str]:
    yield "# The number, not the id, goes into the principal's path."
    yield 'if [ -z "${PROJECT_NUMBER:-}" ]; then'
    if project is not None:
        yield f"  PROJECT_NUMBER={shlex.quote(project.number)}"
    else:
        yield '  PROJECT_NUMBER="$(gcloud projects describe "$PROJECT_ID" \\'
        yield "    --format='value(projectNumber)')\""
    yield "fi"


def _context(setup: Setup) -> Iterator[str]:
    google = setup.google
    yield 'if [ -z "${CONTEXT:-}" ]; then'
    if setup.kubernetes.context:
        yield f"  CONTEXT={shlex.quote(setup.kubernetes.context)}"
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


def _services(setup: Setup) -> str:
    account = setup.adapter.identity is Identity.SERVICE_ACCOUNT
    names = [*_SERVICES, *(_ACCOUNT_SERVICES if account else ())]
    hosts = " \\\n  ".join(f"{name}.googleapis.com" for name in names)
    return f'# Step services\ngcloud services enable --project="$PROJECT_ID" \\\n  {hosts}\n'


def _metrics_port(setup: Setup, profile: Profile) -> str:
    argument = profile.metrics_argument.replace("{port}", str(setup.workload.metrics_port))
    return commented(
        [
            "Step metrics-port",
            f"The container {profile.container} of Deployment {setup.workload.deployment} must run "
            f"with the argument {argument}.",
            "Adding it restarts the pods, so it is left to you.",
        ]
    )


def _applied(group: ObjectGroup) -> str:
    return commented([f"Step {group.step}"]) + _fed("apply", manifests(group.objects))


def _fed(command: str, text: str) -> str:
    """A command with YAML of mappings as its input, no line of which can be the bare word END."""
    return f"{command} <<'END'\n{text}END\n"


def _identity(setup: Setup, account: GoogleAccount | None) -> str:
    if setup.adapter.identity is Identity.NODE:
        return commented(
            [
                "Step adapter-identity",
                f"The nodes' own service account needs {MONITORING_VIEWER}, and their pool the "
                "scope monitoring.read.",
            ]
        )
    lines = ["# Step adapter-identity. A new binding takes effect within minutes, at most ten."]
    if account is None:
        reader = kubernetes_account(setup)
        lines.append(f"READER_NAMESPACE={shlex.quote(reader.namespace)}")
        lines.append(f"READER={shlex.quote(reader.name)}")
        lines.append(f'MEMBER="{_PRINCIPAL}"')
    else:
        lines += _account(setup, account)
    lines += _bound('gcloud projects add-iam-policy-binding "$PROJECT_ID"', setup)
    return "\n".join(lines) + "\n"


def _account(setup: Setup, account: GoogleAccount) -> Iterator[str]:
    project = shlex.quote(account.project)
    created = shlex.quote(f"{account.account_id}@{account.project}.iam.gserviceaccount.com")
    name = shlex.quote(account.account_id)
    yield f"if ! gcloud iam service-accounts describe {created} --project={project} \\"
    yield "  >/dev/null 2>&1; then"
    yield f"  gcloud iam service-accounts create {name} --project={project}"
    yield "fi"
    yield f"MEMBER={shlex.quote(account.binding.member)}"
    yield from _bound(
        f"gcloud iam service-accounts add-iam-policy-binding {shlex.quote(account.email)} \\\n"
        f"  --project={project}",
        setup,
        role=account.binding.role,
    )
    yield f"MEMBER={shlex.quote(f'serviceAccount:{account.email}')}"


def _bound(command: str, setup: Setup, *, role: str = MONITORING_VIEWER) -> Iterator[str]:
    yield f"{command} \\"
    yield f'  --role={role} --member="$MEMBER"{_condition(setup)} >/dev/null'


def _condition(setup: Setup) -> str:
    """Without it, gcloud asks back on a policy that holds conditions; the guide has none."""
    return "" if is_literal(setup) else " --condition=None"


def _helm(setup: Setup, profile: Profile) -> str:
    release = helm_release(setup, profile)
    if release is None:
        return ""
    command = upgrade_command(release, "-", '--kube-context="$CONTEXT"')
    return "# prometheus-adapter, from its chart\n" + _fed(command, document(release.values))


def _adapter_is_up(setup: Setup, profile: Profile, groups: Iterable[ObjectGroup]) -> str:
    objects = [item for group in groups if group.step == "adapter" for item in group.objects]
    lines = ["# The adapter is done when the exact metric has a value."]
    lines += [
        f"kube rollout status {shlex.quote('deployment/' + item['metadata']['name'])}"
        f"{_namespace(item)} --timeout=10m"
        for item in objects
        if item["kind"] == "Deployment"
    ]
    services = [item["metadata"]["name"] for item in objects if item["kind"] == "APIService"]
    for name in services or [f"v1beta1.{EXTERNAL_METRICS_GROUP}"]:
        lines.append(f"kube wait --for=condition=Available apiservice/{name} --timeout=10m")
    for target in setup.scaling.metrics:
        asked = metric_query(setup, profile, target.name)
        query = "&".join(f"{key}={quote(value)}" for key, value in asked.query.items())
        path = f"{asked.path}?{query}" if query else asked.path
        lines.append(f"wait_for_value {shlex.quote(path)}")
    return "\n".join(lines) + "\n"


def _autoscaler_is_active(setup: Setup) -> str:
    name = shlex.quote(f"hpa/{hpa_name(setup)}")
    namespace = shlex.quote(setup.workload.namespace)
    return (
        f"kube wait --for=condition=ScalingActive {name} --namespace={namespace} --timeout=10m\n"
        f"kube get {name} --namespace={namespace}\n"
    )


def _namespace(item: Json) -> str:
    name = item["metadata"].get("namespace")
    return f" --namespace={shlex.quote(name)}" if name else ""


def _undo(
    setup: Setup, profile: Profile, project: Project | None, groups: tuple[ObjectGroup, ...]
) -> str:
    """How to take it back, as comments: the reverse order, APIServices before their backends."""
    objects = [item for group in groups for item in group.objects]
    hpa, *others = reversed(objects)
    lines = [
        "To take it back, with the variables above, and only what was not there before:",
        f"  {_deletion(hpa)}",
    ]
    release = helm_release(setup, profile)
    if release is not None:
        namespace = shlex.quote(release.namespace)
        lines.append(f"  helm uninstall {shlex.quote(release.name)} --namespace={namespace}")
    lines += [f"  {_deletion(item)}" for item in others]
    if setup.adapter.identity is not Identity.NODE:
        lines.append(
            '  gcloud projects remove-iam-policy-binding "$PROJECT_ID" '
            f'--role={MONITORING_VIEWER} --member="$MEMBER"{_condition(setup)}'
        )
    account = google_account(setup, project)
    if account is not None:
        email = f"{account.account_id}@{account.project}.iam.gserviceaccount.com"
        lines.append(f"  gcloud iam service-accounts delete {shlex.quote(email)}")
    return commented(lines)


def _deletion(item: Json) -> str:
    kind = Ref.of(item).kind
    resource = f"{kind.plural}.{kind.group}" if kind.group else kind.plural
    return f"kubectl delete {resource} {shlex.quote(item['metadata']['name'])}{_namespace(item)}"
