"""google.longrunning.Operations: work that a service finishes later, on the sandbox's clock."""

from __future__ import annotations

import threading
import uuid
from typing import TYPE_CHECKING

import grpc
from google.longrunning import operations_pb2
from google.protobuf import any_pb2

from jetscale_tui.sandbox.google.status import Refusal
from jetscale_tui.sandbox.google.wire import service_handler

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from jetscale_tui.sandbox.google.state import GoogleState
    from jetscale_tui.sandbox.google.wire import GenericHandler


class Operations:
    """Operations begun so far; each is done from a second of the clock on."""

    def __init__(self, state: GoogleState) -> None:
        self._state = state
        self._lock = threading.Lock()
        self._begun: dict[str, tuple[float, any_pb2.Any]] = {}

    def begin(self, ready: float, response: Message) -> operations_pb2.Operation:
        """Start an operation that answers `response` from second `ready` of the clock on."""
        packed = any_pb2.Any()
        packed.Pack(response)
        number = self._state.project.number
        name = f"operations/acat.p2-{number}-{uuid.uuid4()}"
        with self._lock:
            self._begun[name] = (ready, packed)
        return self._message(name)

    def get_operation(
        self, request: operations_pb2.GetOperationRequest
    ) -> operations_pb2.Operation:
        """How an operation stands."""
        return self._message(request.name)

    def handler(self, api: str) -> GenericHandler:
        """The gRPC service, as part of the given API."""
        return service_handler(
            self._state, "google.longrunning.Operations", api, [self.get_operation]
        )

    def _message(self, name: str) -> operations_pb2.Operation:
        with self._lock:
            found = self._begun.get(name)
        if found is None:
            raise Refusal(grpc.StatusCode.NOT_FOUND, f"Operation [{name}] not found.")
        ready, response = found
        if self._state.clock.monotonic() < ready:
            return operations_pb2.Operation(name=name)
        return operations_pb2.Operation(name=name, done=True, response=response)
