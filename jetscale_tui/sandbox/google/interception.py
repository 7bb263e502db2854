"""What happens to every call before its method sees it: the token, the log of calls, faults."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import grpc

from jetscale_tui.sandbox.google.callers import Caller, called_by
from jetscale_tui.sandbox.google.status import unauthenticated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jetscale_tui.sandbox.google.faults import Fault
    from jetscale_tui.sandbox.google.state import GoogleState
    from jetscale_tui.sandbox.google.status import Refusal

    Handler = grpc.RpcMethodHandler[Any, Any]

_CALLS_KEPT = 1000


@dataclass(frozen=True, slots=True)
class SeenCall:
    """A call that carried a known token."""

    method: str
    """Short name: `SetIamPolicy`."""
    metadata: Mapping[str, str]
    """Without the token."""


class Gate(grpc.ServerInterceptor):  # type: ignore[type-arg]  # generic in the stubs only
    """Lets calls with a known token through, into whatever fault awaits them."""

    def __init__(self, state: GoogleState, known: Mapping[str, Caller | None]) -> None:
        self._state = state
        self._known = known
        self.calls: deque[SeenCall] = deque(maxlen=_CALLS_KEPT)
        """The most recent calls, oldest first."""

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Handler | None],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler | None:
        """The handler to run: the method's own, one with a fault around it, or a refusal."""
        metadata = {key: str(value) for key, value in handler_call_details.invocation_metadata}
        scheme, _, token = metadata.pop("authorization", "").partition(" ")
        if scheme != "Bearer" or not token:
            return _refuse(unauthenticated("CREDENTIALS_MISSING"))
        if token not in self._known:
            return _refuse(unauthenticated("ACCESS_TOKEN_EXPIRED"))
        method = handler_call_details.method.rpartition("/")[2]
        self.calls.append(SeenCall(method, metadata))
        handler = continuation(handler_call_details)
        if handler is None:
            return None
        handler = _on_behalf(handler, self._known[token])
        fault = self._state.faults.take(method)
        return handler if fault is None else self._spoiled(handler, fault)

    def _spoiled(self, handler: Handler, fault: Fault) -> Handler:
        def answer(request: Any, context: grpc.ServicerContext) -> NoReturn:
            if fault.delay:
                self._state.clock.sleep(fault.delay)
            if fault.performed and handler.unary_unary is not None:
                handler.unary_unary(request, context)
            context.abort(grpc.StatusCode[fault.code], fault.message)

        return grpc.unary_unary_rpc_method_handler(
            answer, request_deserializer=handler.request_deserializer
        )


def _on_behalf(handler: Handler, caller: Caller | None) -> Handler:
    perform = handler.unary_unary
    if caller is None or perform is None:
        return handler

    def answer(request: Any, context: grpc.ServicerContext) -> Any:
        with called_by(caller):
            return perform(request, context)

    return grpc.unary_unary_rpc_method_handler(
        answer,
        request_deserializer=handler.request_deserializer,
        response_serializer=handler.response_serializer,
    )


def _refuse(refusal: Refusal) -> Handler:
    def answer(_request: bytes, context: grpc.ServicerContext) -> NoReturn:
        context.abort_with_status(refusal.status())

    return grpc.unary_unary_rpc_method_handler(answer)
