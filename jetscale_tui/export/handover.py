"""A script of the steps that one person may not do, for another one who may."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.domain.spec import Identity
from jetscale_tui.export import shell
from jetscale_tui.export.comments import commented
from jetscale_tui.export.script import helm, identity
from jetscale_tui.manifests.build import google_account
from jetscale_tui.manifests.dump import manifests
from jetscale_tui.manifests.identity import MONITORING_VIEWER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.domain.spec import Google, Setup

SCRIPT_FILE = "hand-over.sh"


@dataclass(frozen=True, slots=True)
class Errand:
    """One step that somebody else is to do."""

    title: str
    services: tuple[str, ...] = ()
    """Google services to enable."""
    identity: bool = False
    """Let the adapter read Cloud Monitoring."""
    created: tuple[Json, ...] = ()
    """Objects that are not there yet, in apply order."""
    changed: tuple[Json, ...] = ()
    """Objects that are there and differ."""
    taken_over: tuple[Json, ...] = ()
    """Those whose fields are taken from whoever manages them."""
    release: bool = False
    """Install the setup's Helm release."""

    @property
    def of_google(self) -> bool:
        """Whether gcloud has to be run for it."""
        return bool(self.services) or self.identity

    @property
    def of_cluster(self) -> bool:
        """Whether it writes to the cluster."""
        return bool(self.created or self.changed or self.taken_over or self.release)


def script(setup: Setup, profile: Profile, errands: Sequence[Errand], about: Sequence[str]) -> str:
    """The whole script. It stops at the first command that fails and may be run again.

    Args:
        setup: what the errands belong to.
        profile: of its server.
        errands: in the order to do them.
        about: what to say at the top, a sentence each.
    """
    head = commented(
        [
            *about,
            f"Run with: sh {SCRIPT_FILE}. It stops at the first command that fails and may be run "
            "again.",
        ]
    )
    sections = [
        f"#!/bin/sh\n{head}\nset -eu\n",
        shell.needs(_tools(setup, errands)),
        _variables(setup, errands),
        *_functions(errands),
        *(_section(setup, profile, errand) for errand in errands),
        _undo(errands),
    ]
    return "\n".join(section for section in sections if section)


def _tools(setup: Setup, errands: Sequence[Errand]) -> Iterator[str]:
    if _uses_google(setup, errands):
        yield "gcloud"
    if any(errand.of_cluster for errand in errands):
        yield "kubectl"
    if any(errand.release for errand in errands):
        yield "helm"


def _uses_google(setup: Setup, errands: Sequence[Errand]) -> bool:
    """Also to fetch the credentials of a cluster that Google's names say all of."""
    in_cluster = any(errand.of_cluster for errand in errands)
    return any(errand.of_google for errand in errands) or (in_cluster and _is_named(setup.google))


def _is_named(google: Google) -> bool:
    return bool(google.project and google.location and google.cluster)


def _variables(setup: Setup, errands: Sequence[Errand]) -> str:
    lines = []
    if _uses_google(setup, errands):
        lines.append(shell.project_id(setup.google.project))
    by_number = setup.adapter.identity is Identity.PRINCIPAL
    if by_number and any(errand.identity for errand in errands):
        lines += shell.project_number(None)
    if any(errand.of_cluster for errand in errands):
        lines += _context(setup)
    return "\n".join(lines) + "\n"


def _context(setup: Setup) -> Iterator[str]:
    """The context as whoever runs this may have it, which need not be ours."""
    if _is_named(setup.google):
        yield from shell.context(setup.google, None)
    else:
        yield ': "${CONTEXT:?Set it to your kubeconfig context of this cluster.}"'


def _functions(errands: Sequence[Errand]) -> Iterator[str]:
    applied = any(errand.created or errand.changed for errand in errands)
    taken = any(errand.taken_over for errand in errands)
    if applied or taken:
        yield shell.KUBE
    if applied:
        yield shell.APPLY
    if taken:
        yield shell.TAKE_OVER


def _section(setup: Setup, profile: Profile, errand: Errand) -> str:
    parts = [commented([errand.title])]
    if errand.services:
        names = " \\\n  ".join(shlex.quote(name) for name in errand.services)
        parts.append(f'gcloud services enable --project="$PROJECT_ID" \\\n  {names}\n')
    if errand.identity:
        parts.append(identity(setup, google_account(setup, None)))
    for command, objects in (
        ("apply", (*errand.created, *errand.changed)),
        ("take_over", errand.taken_over),
    ):
        if objects:
            parts.append(shell.fed(command, manifests(objects)))
    if errand.release:
        parts.append(helm(setup, profile))
    return "".join(parts)


def _undo(errands: Sequence[Errand]) -> str:
    """How to take it back, as comments; what was only changed is not put back by deleting it."""
    created = [item for errand in errands for item in errand.created]
    lines = [f"  {shell.deletion(item)}" for item in reversed(created)]
    if any(errand.identity for errand in errands):
        lines.append(
            '  gcloud projects remove-iam-policy-binding "$PROJECT_ID" '
            f'--role={MONITORING_VIEWER} --member="$MEMBER" --condition=None'
        )
    if not lines:
        return ""
    return commented(["To take back what this made, with the variables above:", *lines])
