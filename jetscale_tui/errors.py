"""The errors a person may see, and the exit code each one ends a command with.

    JetScaleError
    ├── UsageError            wrong flags or arguments
    ├── ConfigError           a setup, profile or kubeconfig that cannot be used
    │   └── SetupProblems     all problems of one setup document
    ├── AuthError             credentials missing, expired or refused
    │   └── NoCredentials     nobody has logged in to Google Cloud on this machine
    ├── PermissionDenied      authenticated, but not allowed
    ├── NotFound              the named thing does not exist
    ├── Conflict              somebody else's change or field stands in the way
    ├── Rejected              the server found the object invalid
    ├── QuotaExceeded         a limit of the project or cluster
    ├── Unreachable           no answer in time
    ├── PlanChanged           the world moved since the plan was shown
    ├── StepFailed            a step was not observed to work
    │   └── LeftToOthers      what is missing has to be done by somebody else
    └── Interrupted           stopped by the person

Every error has three parts: what happened, why, and what to do next. None of them is markup.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Process exit codes; part of the command's contract."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    UNREACHABLE = 3
    CHANGES = 4
    INTERRUPTED = 130


class JetScaleError(Exception):
    """An error written for the person who has to act on it."""

    exit_code = ExitCode.FAILED

    def __init__(self, what: str, *, why: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        """What happened: one sentence."""
        self.why = why
        """Why it happened, as far as known; may hold the server's own words."""
        self.fix = fix
        """What to do next, possibly a command."""

    def __str__(self) -> str:
        return "\n".join(part for part in (self.what, self.why, self.fix) if part)


class UsageError(JetScaleError):
    """The command line asks for something that does not exist or does not fit together."""

    exit_code = ExitCode.USAGE


class ConfigError(JetScaleError):
    """A file the person gave cannot be used."""

    exit_code = ExitCode.USAGE


class AuthError(JetScaleError):
    """Credentials are missing, expired or refused."""


class NoCredentials(AuthError):
    """There are no credentials at all, which is a choice; broken ones are a mistake."""


class PermissionDenied(JetScaleError):
    """The identity is known but may not do this."""


class NotFound(JetScaleError):
    """The named thing does not exist."""


class Conflict(JetScaleError):
    """Somebody else's change, or a field somebody else owns, stands in the way."""


class Rejected(JetScaleError):
    """The server found the request or object invalid."""


class QuotaExceeded(JetScaleError):
    """A limit of the project or cluster was reached."""


class Unreachable(JetScaleError):
    """No answer in time: the network, the address or the server. Worth trying again."""

    exit_code = ExitCode.UNREACHABLE


class PlanChanged(JetScaleError):
    """The world moved between the plan that was shown and the write."""


class StepFailed(JetScaleError):
    """A step ran but its effect was not observed."""


class LeftToOthers(StepFailed):
    """All that this person may do is done; the rest waits for somebody who may."""


class Interrupted(JetScaleError):
    """The person stopped the run."""

    exit_code = ExitCode.INTERRUPTED
