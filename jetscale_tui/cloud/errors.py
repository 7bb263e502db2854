"""Google's exceptions become JetScale's errors here, and nowhere else."""

from __future__ import annotations

import concurrent.futures
import os
import re
import shlex
from typing import TYPE_CHECKING

from google.api_core import exceptions as api
from google.auth import exceptions as auth

from jetscale_tui.cloud import org_policy
from jetscale_tui.domain.google import member_of
from jetscale_tui.domain.roles import smallest_role
from jetscale_tui.errors import (
    AuthError,
    Conflict,
    JetScaleError,
    NoCredentials,
    NotFound,
    PermissionDenied,
    QuotaExceeded,
    Rejected,
    Unreachable,
)

if TYPE_CHECKING:
    from jetscale_tui.cloud.calls import Call

LOGIN = "gcloud auth application-default login"
KEY_FILE = "GOOGLE_APPLICATION_CREDENTIALS"

_NETWORK_FIX = (
    "Check the network and try again. Behind a proxy set HTTPS_PROXY; behind one that inspects "
    "TLS set SSL_CERT_FILE to its CA."
)

# Projects Google's own command line tools bill calls to when nobody chose one.
_SHARED_PROJECTS = frozenset({"764086051850", "32555940559"})

_NONE_FOUND = "Your default credentials were not found."

_MISSING_ACCOUNT = re.compile(r"Service account \S+ does not exist")

_NAMED_PERMISSION = (
    re.compile(r"Permission '([\w.]+)' denied"),
    re.compile(r'Required "([\w.]+)" permission'),
    re.compile(r"Permission ([a-z]\w*\.[\w.]+\w) denied"),
)


def translate(error: Exception, call: Call, who: str = "") -> JetScaleError:
    """The error to show for an exception of a Google client library.

    `who` is the identity in use, as far as it is known.
    """
    if isinstance(error, JetScaleError):
        return error
    if isinstance(error, auth.GoogleAuthError):
        return credentials_error(error)
    if isinstance(error, api.RetryError):
        cause = error.cause
        return _unreachable(
            call, cause.message if isinstance(cause, api.GoogleAPICallError) else ""
        )
    if isinstance(error, OSError) and not isinstance(error, TimeoutError):
        return _unreachable(call, str(getattr(error, "reason", "") or error))
    if isinstance(error, concurrent.futures.TimeoutError):
        return _unreachable(call, "Google did not finish in time; it may still be at it.")
    if isinstance(error, api.GoogleAPICallError):
        return _refusal(error, call, who)
    return JetScaleError(_cannot(call), why=f"{type(error).__name__}: {error}")


def is_outage(error: Exception) -> bool:
    """Whether the sign-in service was not reached, which says nothing about the credentials."""
    if isinstance(error, auth.TransportError | auth.TimeoutError | TimeoutError):
        return True
    return isinstance(error, auth.GoogleAuthError) and error.retryable


def credentials_error(error: auth.GoogleAuthError | OSError) -> JetScaleError:
    """What to do about credentials that are missing, unreadable, expired or not renewable."""
    words = str(error) if isinstance(error, OSError) else _first_text(error)
    if is_outage(error):
        return Unreachable(
            "Google's sign-in service cannot be reached.", why=words, fix=_NETWORK_FIX
        )
    if not isinstance(error, auth.DefaultCredentialsError | OSError):
        return _expired(words)
    if words.startswith(_NONE_FOUND):
        return NoCredentials(
            "There are no Google credentials on this machine.", why=words, fix=_login()
        )
    return AuthError("The Google credentials file cannot be used.", why=words, fix=_login())


def _expired(words: str) -> AuthError:
    return AuthError(
        "The Google credentials have expired or were revoked.", why=words, fix=_login()
    )


def _login() -> str:
    if os.environ.get(KEY_FILE):
        return f"Point {KEY_FILE} to working credentials, or unset it and run: {LOGIN}"
    return f"Run: {LOGIN}"


def _refusal(error: api.GoogleAPICallError, call: Call, who: str) -> JetScaleError:
    words = error.message or ""
    if (forbidden := org_policy.refusal(error, call)) is not None:
        return forbidden
    match error:
        case api.Unauthorized():
            return AuthError("Google does not accept the credentials.", why=words, fix=_login())
        case api.PermissionDenied() | api.Forbidden():
            return _denied(error, call, who)
        case api.NotFound():
            return NotFound(_cannot(call), why=words, fix="Check the name and the project.")
        case api.Aborted():
            return Conflict(
                _cannot(call),
                why=f"Somebody else keeps changing the same thing. {words}".strip(),
                fix="Nothing was written; try again.",
            )
        case api.AlreadyExists() | api.Conflict():
            return Conflict(_cannot(call), why=words)
        case api.ResourceExhausted() | api.TooManyRequests():
            return QuotaExceeded(_cannot(call), why=words, fix="Wait a minute and try again.")
        case api.FailedPrecondition() | api.InvalidArgument() | api.BadRequest():
            return _rejected(error, call)
        case api.DeadlineExceeded() | api.GatewayTimeout() | api.ServiceUnavailable():
            return _no_answer(call, words)
        case api.ServerError() if not isinstance(error, api.MethodNotImplemented):
            return Unreachable(
                _cannot(call), why=f"Google had an internal error: {words}", fix="Try again."
            )
        case _:
            return JetScaleError(_cannot(call), why=words)


def _no_answer(call: Call, words: str) -> JetScaleError:
    # gRPC reports a failure to fetch a token as an unavailable service.
    if "Getting metadata from plugin failed" in words:
        if "TransportError" in words or "Connection" in words or "Max retries" in words:
            return Unreachable(
                "Google's sign-in service cannot be reached.", why=words, fix=_NETWORK_FIX
            )
        return _expired(words)
    return _unreachable(call, words)


def _unreachable(call: Call, words: str) -> Unreachable:
    why = f"No answer from {call.service} in time."
    return Unreachable(_cannot(call), why=f"{why} {words}".strip(), fix=_NETWORK_FIX)


def _denied(error: api.GoogleAPICallError, call: Call, who: str) -> JetScaleError:
    info = dict(error.metadata or {})
    if error.reason == "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED":
        return NotFound(_cannot(call), why=error.message or "", fix="Check the service's name.")
    if error.reason == "SERVICE_DISABLED" or "or it is disabled" in (error.message or ""):
        return _service_disabled(info, call)
    if error.reason == "USER_PROJECT_DENIED":
        quota_project = info.get("consumer", "").removeprefix("projects/")
        return PermissionDenied(
            _cannot(call),
            why=f"{who or 'This identity'} may not bill calls to project {quota_project}: "
            "it lacks serviceusage.services.use there.",
            fix=_ask_for("serviceusage.services.use", quota_project, who),
        )
    permission = info.get("permission") or _permission_in(error.message or "") or call.permission
    lacks = f"{who or 'This identity'} lacks {permission}." if permission else ""
    return PermissionDenied(
        _cannot(call),
        why=f"{lacks} Google's answer: {error.message}".strip(),
        fix=_ask_for(permission, call.project, who),
    )


def _service_disabled(info: dict[str, str], call: Call) -> JetScaleError:
    service = info.get("service", call.service)
    consumer = info.get("consumer", "").removeprefix("projects/")
    if consumer in _SHARED_PROJECTS:
        return Rejected(
            _cannot(call),
            why="The Google credentials name no project to bill the calls to.",
            fix="Run: gcloud auth application-default set-quota-project "
            + (call.project or "PROJECT_ID"),
        )
    project = call.project or consumer
    return Rejected(
        _cannot(call),
        why=f"The service {service} is disabled in project {project}.",
        fix=f"Run: gcloud services enable {service} --project={shlex.quote(project)}",
    )


def _rejected(error: api.GoogleAPICallError, call: Call) -> JetScaleError:
    words = error.message or ""
    if "Identity Pool does not exist" in words:
        return Rejected(
            _cannot(call),
            why=words,
            fix="Enable Workload Identity Federation on the cluster first: gcloud container "
            "clusters update CLUSTER --location=LOCATION "
            f"--workload-pool={call.project}.svc.id.goog",
        )
    if _MISSING_ACCOUNT.search(words):
        return NotFound(
            _cannot(call),
            why=words,
            fix="Create it; if that was done a moment ago, wait a minute and try again.",
        )
    if "larger than the maximum allowed" in words:
        return QuotaExceeded(
            _cannot(call), why=words, fix="Remove grants nobody needs, or grant to groups."
        )
    return Rejected(_cannot(call), why=words)


def _permission_in(words: str) -> str:
    for pattern in _NAMED_PERMISSION:
        found = pattern.search(words)
        if found:
            return found[1]
    return ""


def _ask_for(permission: str, project: str, who: str) -> str:
    role = smallest_role(permission)
    if role is None or not project:
        return "Ask an administrator of the project for access."
    fix = f"Ask an administrator of project {project} for {role}"
    if "@" not in who:
        return f"{fix}."
    member = shlex.quote(member_of(who))
    return (
        f"{fix}: gcloud projects add-iam-policy-binding {shlex.quote(project)} "
        f"--member={member} --role={role} --condition=None"
    )


def _cannot(call: Call) -> str:
    return f"Cannot {call.doing}."


def _first_text(error: Exception) -> str:
    """The readable part of an auth error, whose further arguments are raw response bodies."""
    return str(error.args[0]) if error.args else str(error)
