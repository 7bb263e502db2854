"""Whom a request is made as: `kubectl --as` lets somebody see what somebody else may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.sandbox.kube.access import AUTHENTICATED, Attributes, Identity, authorise
from jetscale_tui.sandbox.kube.status import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable

    from jetscale_tui.sandbox.kube.routes import Request

_ACCOUNT = "system:serviceaccount:"


def acting(
    request: Request, caller: Identity, known: Callable[[str, tuple[str, ...]], Identity]
) -> Identity:
    """The caller, or whom the caller says to be; `known` finds them by name and groups.

    Raises:
        ApiError: 403, the caller may not be them; 500, groups without a user.
    """
    user, groups = request.as_user, request.as_groups
    if not user and not groups:
        return caller
    if not user:
        message = f"requested {list(groups)} without impersonating a user"
        raise ApiError(500, "InternalError", f"Internal error occurred: {message}")
    namespace, _, account = user.removeprefix(_ACCOUNT).partition(":")
    if user.startswith(_ACCOUNT) and account:
        wanted = Attributes("impersonate", "", "serviceaccounts", "", namespace, account)
        groups = groups or ("system:serviceaccounts", f"system:serviceaccounts:{namespace}")
    else:
        wanted = Attributes("impersonate", "", "users", name=user)
    authorise(caller, wanted)
    for group in request.as_groups:
        authorise(caller, Attributes("impersonate", "", "groups", name=group))
    return known(user, tuple(dict.fromkeys((*groups, AUTHENTICATED))))
