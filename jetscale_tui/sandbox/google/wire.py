"""How a servicer's methods become gRPC handlers: official names, codecs, one place for refusals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import grpc
import proto  # type: ignore[import-untyped]

from jetscale_tui.domain.google import ServiceState
from jetscale_tui.sandbox.google.status import Refusal, service_disabled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jetscale_tui.sandbox.google.state import GoogleState

    GenericHandler = grpc.GenericRpcHandler[Any, Any]

Request = TypeVar("Request")
Response = TypeVar("Response")


@dataclass(frozen=True, slots=True)
class Method(Generic[Request, Response]):
    """One unary method of a service, with its official message types."""

    name: str
    request: type[Request]
    response: type[Response]
    call: Callable[[Request], Response]


def service_handler(
    state: GoogleState, service: str, api: str, methods: Iterable[Method[Any, Any]]
) -> GenericHandler:
    """Handler of one gRPC service, by its full name (`google.container.v1.ClusterManager`).

    `api` is the host name under which the API is enabled (`container.googleapis.com`); while it
    is disabled in the project every call is refused.
    """
    return grpc.method_handlers_generic_handler(
        service, {method.name: _rpc_handler(state, api, method) for method in methods}
    )


def _rpc_handler(
    state: GoogleState, api: str, method: Method[Request, Response]
) -> grpc.RpcMethodHandler[Any, Any]:
    def answer(request: Request, context: grpc.ServicerContext) -> Response:
        try:
            if state.service_state(api) is not ServiceState.ENABLED:
                raise service_disabled(api, state.project.number)
            return method.call(request)
        except Refusal as refusal:
            context.abort_with_status(refusal.status())

    return grpc.unary_unary_rpc_method_handler(
        answer,
        request_deserializer=_decoder(method.request),
        response_serializer=_encoder(method.response),
    )


def _decoder(kind: Any) -> Callable[[bytes], Any]:
    if issubclass(kind, proto.Message):
        return kind.deserialize  # type: ignore[no-any-return]
    return kind.FromString  # type: ignore[no-any-return]


def _encoder(kind: Any) -> Callable[[Any], bytes]:
    if issubclass(kind, proto.Message):
        return kind.serialize  # type: ignore[no-any-return]
    return kind.SerializeToString  # type: ignore[no-any-return]
