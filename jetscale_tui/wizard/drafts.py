"""The answers of an unfinished wizard, kept in the state directory from step to step."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import ValidationError

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.domain.spec import Setup
from jetscale_tui.errors import ConfigError
from jetscale_tui.paths import state_dir
from jetscale_tui.setupfile.save import to_document, write_atomically
from jetscale_tui.wizard.topics import EVERYTHING

if TYPE_CHECKING:
    from pathlib import Path

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Draft:
    """Answers so far and the step they stopped at."""

    setup: Setup
    step: WizardStep
    saved: datetime
    given: frozenset[str] = EVERYTHING
    """Fields that were answered; nothing is proposed for them."""


def _path(label: str) -> Path:
    # Answers about a sandbox must not be offered on a real cluster.
    return state_dir() / ("draft-sandbox.json" if label else "draft.json")


def save_draft(
    setup: Setup, step: WizardStep, label: str, given: frozenset[str] = EVERYTHING
) -> None:
    """Keep the answers.

    Args:
        setup: the answers.
        step: where to open again.
        label: the backend's.
        given: which of them are not proposals.

    Raises:
        ConfigError: there is no place for them on disk.
    """
    document = {
        "step": step.value,
        "saved": datetime.now(UTC).isoformat(timespec="seconds"),
        "given": sorted(given),
        "setup": to_document(setup),
    }
    path = _path(label)
    try:
        write_atomically(path, json.dumps(document, indent=1), mode=0o600)
    except OSError as error:
        raise ConfigError(
            f"Your answers cannot be kept in {path}.",
            why=error.strerror or "",
            fix="Free some space there, or set JETSCALE_HOME to a folder that can be written.",
        ) from error


def load_draft(label: str) -> Draft | None:
    """The answers kept, None where there are none or they are of another version."""
    try:
        document = json.loads(_path(label).read_text(encoding="utf-8"))
        return Draft(
            Setup.model_validate_json(json.dumps(document["setup"])),
            WizardStep(document["step"]),
            datetime.fromisoformat(document["saved"]),
            frozenset(map(str, document["given"])),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        _log.warning("the saved answers cannot be used: %s", error)
        return None


def discard_draft(label: str) -> None:
    """Forget the answers: the setup was applied, or the person starts over."""
    _path(label).unlink(missing_ok=True)
