"""The log file: rotating, in the state directory, with credentials taken out of every line."""

from __future__ import annotations

import logging
import re
from contextlib import suppress
from functools import cache
from logging.handlers import RotatingFileHandler
from typing import Any

from jetscale_tui import paths
from jetscale_tui.domain.wording import shown, shown_lines
from jetscale_tui.errors import ConfigError

_BYTES = 1_000_000
_KEPT = 3
_HIDDEN = "[redacted]"


@cache
def _secrets() -> tuple[re.Pattern[str], ...]:
    """What credentials look like; compiled for the first line that is logged."""
    return (
        re.compile(r"(?i)(?<=bearer )[^\s\"',}]+"),
        re.compile(r"\bya29\.[\w.-]+"),
        re.compile(r"\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?"),
        re.compile(
            r"(?i)(?<![\w-])((?:access|refresh|id)?_?token|password|client[-_]secret|"
            r"private[-_]key|client-key-data|authorization)(\"?'?\s*[:=]\s*\"?'?)(?!bearer)[^\s\"',}]+"
        ),
        re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----", re.S),
    )


class RedactingFormatter(logging.Formatter):
    """Formats a record, traceback included, and takes credentials out of the result."""

    def format(self, record: logging.LogRecord) -> str:
        """The line as it goes to the file."""
        return redacted(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """One line of data: what a cluster said can forge no other line and drive no terminal."""
        return shown(super().formatMessage(record))

    def formatException(self, error: Any) -> str:  # noqa: N802 - logging's name
        """The traceback, in lines of data."""
        return shown_lines(super().formatException(error))


def redacted(text: str) -> str:
    """Text without the credentials that are recognised in it."""
    for pattern in _secrets():
        text = pattern.sub(_named if pattern.groups else _HIDDEN, text)
    return text


class _QuietFile(RotatingFileHandler):
    """A disk that is full or read-only costs the log, never the command."""

    def handleError(self, _record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Say nothing: stderr belongs to the person."""

    def close(self) -> None:
        """Close it; what the disk did not take is lost."""
        with suppress(OSError):
            super().close()


def start(level: str) -> None:
    """Send what `jetscale_tui` logs to the file; without a place for one, nowhere."""
    logger = logging.getLogger("jetscale_tui")
    logger.setLevel(level.upper())
    logger.propagate = False
    if logger.handlers:
        return
    try:
        handler: logging.Handler = _QuietFile(
            paths.log_file(), maxBytes=_BYTES, backupCount=_KEPT, encoding="utf-8", delay=True
        )
    except ConfigError:
        handler = logging.NullHandler()
    handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger.addHandler(handler)


def stop() -> None:
    """Close the file, and leave logging as `start` found it."""
    logger = logging.getLogger("jetscale_tui")
    logger.setLevel(logging.NOTSET)
    logger.propagate = True
    for handler in [*logger.handlers]:
        logger.removeHandler(handler)
        handler.close()


def _named(match: re.Match[str]) -> str:
    return f"{match[1]}{match[2]}{_HIDDEN}"
