"""No call without the sandbox's access token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import grpc

from jetscale_tui.sandbox.google.status import unauthenticated

if TYPE_CHECKING:
    from collections.abc import Callable

    from jetscale_tui.sandbox.google.status import Refusal


class TokenCheck(grpc.ServerInterceptor):  # type: ignore[type-arg]  # generic in the stubs only
    """Refuses calls whose bearer token is missing or not accepted."""

    def __init__(self, accepts: Callable[[str], bool]) -> None:
        self._accepts = accepts

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], grpc.RpcMethodHandler[Any, Any] | None],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        """Let the call through, or answer it with UNAUTHENTICATED."""
        metadata = dict(handler_call_details.invocation_metadata)
        scheme, _, token = str(metadata.get("authorization", "")).partition(" ")
        if scheme != "Bearer" or not token:
            return _refuse(unauthenticated("CREDENTIALS_MISSING"))
        if not self._accepts(token):
            return _refuse(unauthenticated("ACCESS_TOKEN_EXPIRED"))
        return continuation(handler_call_details)


def _refuse(refusal: Refusal) -> grpc.RpcMethodHandler[Any, Any]:
    def answer(_request: bytes, context: grpc.ServicerContext) -> NoReturn:
        context.abort_with_status(refusal.status())

    return grpc.unary_unary_rpc_method_handler(answer)
