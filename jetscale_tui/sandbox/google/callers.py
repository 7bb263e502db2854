"""Whose call to a Google service is being answered, and what that person holds."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody besides the account: IAM permissions, with `*` for any part of a name."""

    permissions: tuple[str, ...] = ()

    def holds(self, permission: str) -> bool:
        """Whether one of the permissions is this one or covers it."""
        return any(fnmatchcase(permission, held) for held in self.permissions)


_CURRENT: ContextVar[Caller | None] = ContextVar("caller", default=None)


def current() -> Caller | None:
    """The caller of the call this thread answers; None: the account itself, or nobody's call."""
    return _CURRENT.get()


@contextmanager
def called_by(caller: Caller | None) -> Iterator[None]:
    """Answer a call on behalf of somebody."""
    before = _CURRENT.set(caller)
    try:
        yield
    finally:
        _CURRENT.reset(before)
