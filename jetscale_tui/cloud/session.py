"""The manners of every call: fresh token, deadline, retries of reads, one translation of errors."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, TypeVar

from google.api_core import exceptions as api
from google.api_core.retry import Retry, if_exception_type

from jetscale_tui.cloud.calls import READ_SECONDS, WRITE_SECONDS
from jetscale_tui.cloud.errors import translate
from jetscale_tui.errors import AuthError, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from jetscale_tui.cloud.access import Access
    from jetscale_tui.cloud.calls import Call
    from jetscale_tui.errors import JetScaleError

Answer = TypeVar("Answer")
Item = TypeVar("Item")
Client = TypeVar("Client")


class Session:
    """One identity's clients of the Google APIs. Safe to use from several threads."""

    def __init__(self, access: Access, *, read_seconds: float = READ_SECONDS) -> None:
        self._access = access
        self._read_seconds = read_seconds
        self._clients: dict[type[Any], Any] = {}
        self._lock = threading.Lock()

    def client(self, kind: type[Client]) -> Client:
        """The client of that class, with a token that is good now.

        Raises:
            AuthError: there are no credentials, or they are expired or revoked.
            Unreachable: Google's sign-in service does not answer.
        """
        self._sign_in()
        with self._lock:
            if kind not in self._clients:
                transport = kind.get_transport_class("grpc")  # type: ignore[attr-defined]
                self._clients[kind] = kind(  # type: ignore[call-arg]
                    transport=self._access.transport(transport)
                )
            client: Client = self._clients[kind]
            return client

    def read(self, call: Call, method: Callable[..., Answer], request: Any) -> Answer:
        """Call a method that changes nothing; repeated while the service is unavailable."""
        try:
            return method(request, **self._read_manners())
        except Exception as error:
            raise self.translated(error, call) from error

    def read_all(
        self, call: Call, method: Callable[..., Iterable[Item]], request: Any
    ) -> list[Item]:
        """The same for a paged list: every item of every page."""
        try:
            return list(method(request, **self._read_manners()))
        except Exception as error:
            raise self.translated(error, call) from error

    def post(self, call: Call, path: str, fields: Mapping[str, str]) -> Any:
        """Ask a method that has no gRPC and changes nothing; the JSON that comes back."""
        self._sign_in()
        try:
            client = self._access.rest(call.service)
            ask = self._read_manners()["retry"](client.post)
            return ask(path, fields, self._read_seconds)
        except Exception as error:
            raise self.translated(error, call) from error

    def write(self, method: Callable[..., Answer], request: Any) -> Answer:
        """Call a method that changes something, once; Google's own exceptions come through.

        Whether and how it may be repeated is for the caller to say, and so is the translation.
        """
        return method(request, retry=None, timeout=WRITE_SECONDS)

    def translated(self, error: Exception, call: Call) -> JetScaleError:
        """The error to raise instead of one of a client library."""
        translation = translate(error, call, self._access.known_identity())
        if isinstance(translation, AuthError):
            self._access.distrust()
        if isinstance(translation, Unreachable):
            self.reconnect()
        return translation

    def reconnect(self) -> None:
        """Use new connections from now on: one may have died unnoticed, as on a laptop asleep."""
        with self._lock:
            self._clients.clear()

    def identity(self) -> str:
        """E-mail of the credentials, or a description of them."""
        self._sign_in()
        return self._access.identity()

    def token(self, refused: str = "") -> str:
        """The access token, good for now; never to be shown or logged.

        With one that somebody refused, another one where there are new credentials by now.
        """
        if refused and self._access.token() == refused:
            self._access.distrust()
        self._sign_in()
        return self._access.token()

    def close(self) -> None:
        """Drop the clients and their channels."""
        with self._lock:
            for client in self._clients.values():
                client.transport.close()
            self._clients.clear()
            self._access.close()

    def _sign_in(self) -> None:
        with self._lock:
            if self._access.refresh():
                # Not closed: another thread may be waiting for an answer on one of them.
                self._clients.clear()

    def _read_manners(self) -> dict[str, Any]:
        retry = Retry(
            predicate=if_exception_type(api.ServiceUnavailable),
            initial=0.2,
            maximum=2.0,
            timeout=self._read_seconds,
        )
        return {"retry": retry, "timeout": self._read_seconds}
