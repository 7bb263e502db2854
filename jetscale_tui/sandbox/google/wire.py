"""How a servicer's methods become gRPC handlers: official names, codecs, one place for refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, get_type_hints

import grpc
import proto  # type: ignore[import-untyped]

from jetscale_tui.domain.google import ServiceState
from jetscale_tui.sandbox.google.status import Refusal, service_disabled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jetscale_tui.sandbox.google.state import GoogleState

    GenericHandler = grpc.GenericRpcHandler[Any, Any]

Method = Callable[[Any], Any]
"""A method of a service: named as the service names it, annotated with its messages."""


def service_handler(
    state: GoogleState, service: str, api: str, methods: Iterable[Method]
) -> GenericHandler:
    """Handler of one gRPC service, by its full name (`google.container.v1.ClusterManager`).

    `api` is the host name under which the API is enabled (`container.googleapis.com`); while it
    is disabled in the project every call is refused.
    """
    return grpc.method_handlers_generic_handler(
        service, {_wire_name(method): _rpc_handler(state, api, method) for method in methods}
    )


def _wire_name(method: Method) -> str:
    """`GetProject` for `get_project`."""
    return "".join(word.title() for word in method.__name__.split("_"))


def _rpc_handler(state: GoogleState, api: str, method: Method) -> grpc.RpcMethodHandler[Any, Any]:
    def answer(request: Any, context: grpc.ServicerContext) -> Any:
        try:
            if state.service_state(api) is not ServiceState.ENABLED:
                raise service_disabled(api, state.project.number)
            return method(request)
        except Refusal as refusal:
            context.abort_with_status(refusal.status())

    messages = get_type_hints(method)
    return grpc.unary_unary_rpc_method_handler(
        answer,
        request_deserializer=_decoder(messages["request"]),
        response_serializer=_encoder(messages["return"]),
    )


def _decoder(kind: Any) -> Callable[[bytes], Any]:
    if issubclass(kind, proto.Message):
        return kind.deserialize  # type: ignore[no-any-return]
    return kind.FromString  # type: ignore[no-any-return]


def _encoder(kind: Any) -> Callable[[Any], bytes]:
    if issubclass(kind, proto.Message):
        return kind.serialize  # type: ignore[no-any-return]
    return kind.SerializeToString  # type: ignore[no-any-return]
