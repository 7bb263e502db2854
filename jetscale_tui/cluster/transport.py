"""HTTP to one API server: credentials that renew themselves, time limits, errors in our words.

The Kubernetes client does the connection: TLS, proxies, pooling. It is imported on first use, by
whatever thread asks first.
"""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from jetscale_tui import __version__
from jetscale_tui.cluster.errors import Asked, from_answer
from jetscale_tui.cluster.failures import from_failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jetscale_tui.domain.kinds import Json

CONNECT_TIMEOUT = 5.0
"""Seconds until a server that does not answer counts as out of reach."""
READ_TIMEOUT = 30.0
"""Seconds an answer may take, unless the caller knows better."""
LEAST_RENEWAL = timedelta(seconds=15)
"""A login younger than this is not renewed when it is refused: that would not help."""

_EXPIRES_SOON = timedelta(seconds=60)
_RETRIES_WHEN_BUSY = 3
_LONGEST_WAIT = 5.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Session:
    """One login: a connection pool with the credentials that go with it."""

    client: Any
    """The Kubernetes package's REST client."""
    server: str
    headers: Mapping[str, str]
    login: str
    """Whose credentials, for messages."""
    renew: str
    """What a person can do when they are refused."""
    expires: datetime | None
    opened: datetime

    def __repr__(self) -> str:
        return f"Session({self.server!r}, {self.login!r})"

    def soon_over(self, now: datetime) -> bool:
        """Whether the credentials should be renewed before the next request."""
        return self.expires is not None and now >= self.expires - _EXPIRES_SOON


class Transport:
    """Requests to one API server. Safe to use from many threads."""

    def __init__(
        self,
        server: str,
        log_in: Callable[[], Session],
        least_renewal: timedelta = LEAST_RENEWAL,
    ) -> None:
        self.server = server
        self._log_in = log_in
        self._least_renewal = least_renewal
        self._session: Session | None = None
        self._lock = threading.Lock()

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Json | None = None,
        content_type: str = "application/json",
        timeout: float = READ_TIMEOUT,
    ) -> str:
        """Body of the answer, as text.

        Raises:
            JetScaleError: the server refused or could not be reached.
        """
        response, asked = self._open(method, path, query, body, content_type, timeout)
        try:
            data = response.data
        except Exception as error:
            raise from_failure(error, asked) from error
        finally:
            response.release_conn()
        return str(data.decode("utf-8", errors="replace"))

    def lines(self, path: str, query: Mapping[str, str], *, silence: float) -> Lines:
        """Open a stream of lines; one that says nothing for so many seconds has failed."""
        response, asked = self._open("GET", path, query, None, "application/json", silence)
        return Lines(response, asked)

    def _open(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: Json | None,
        content_type: str,
        timeout: float,
    ) -> tuple[Any, Asked]:
        """A successful response whose body has not been read."""
        url = path + (f"?{urlencode(query)}" if query else "")
        busy = 0
        renewed = False
        while True:
            session = self._current()
            asked = Asked(method, path, session.server, session.login, session.renew)
            response = _send(session, asked, url, body, content_type, timeout)
            if response.status < 300:
                return response, asked
            text = response.data.decode("utf-8", errors="replace")
            response.release_conn()
            if response.status == 401 and not renewed and self._renew(session):
                renewed = True
                continue
            wait = _asked_to_wait(response, asked)
            if wait is not None and busy < _RETRIES_WHEN_BUSY:
                busy += 1
                threading.Event().wait(wait)
                continue
            if response.status == 401:
                self._forget(session)
            raise from_answer(response.status, text, asked)

    def _current(self) -> Session:
        with self._lock:
            now = datetime.now(UTC)
            if self._session is None or self._session.soon_over(now):
                self._session = self._log_in()
            return self._session

    def _renew(self, refused: Session) -> bool:
        """Log in anew after a refusal; False when that was tried just now."""
        with self._lock:
            if self._session is not refused:
                return True
            if datetime.now(UTC) - refused.opened < self._least_renewal:
                return False
            _log.info("the credentials of %s were refused; renewing them", refused.login)
            self._session = self._log_in()
            return True

    def _forget(self, refused: Session) -> None:
        """Log in for the next request: by then the person may have, in another terminal."""
        with self._lock:
            if self._session is refused:
                self._session = None


class Lines:
    """Lines of a streamed answer, as they come."""

    def __init__(self, response: Any, asked: Asked) -> None:
        self._response = response
        self._asked = asked

    def __iter__(self) -> Iterator[str]:
        """Lines until the server ends the stream.

        Raises:
            Unreachable: the connection broke, fell silent, or was closed from here.
        """
        buffer = b""
        try:
            for chunk in self._response.stream(1 << 16):
                *whole, buffer = (buffer + chunk).split(b"\n")
                for line in whole:
                    if line:
                        yield line.decode("utf-8", errors="replace")
        except Exception as error:
            raise from_failure(error, self._asked) from error
        finally:
            self._response.close()

    def close(self) -> None:
        """End the stream from any thread; whoever reads it is woken at once."""
        connection = getattr(self._response, "connection", None)
        sock = getattr(connection, "sock", None)
        if sock is not None:
            # Closing the response here would wait for the reader's own lock on the socket.
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


def _send(
    session: Session, asked: Asked, url: str, body: Json | None, content_type: str, timeout: float
) -> Any:
    headers = {
        "Accept": "application/json",
        "User-Agent": f"jetscale/{__version__}",
        **session.headers,
    }
    if body is not None:
        headers["Content-Type"] = content_type
    try:
        return session.client.request(
            asked.method,
            session.server + url,
            headers=headers,
            # Any media type but plain JSON passes through the client as text.
            body=body if content_type == "application/json" or body is None else json.dumps(body),
            _request_timeout=(min(CONNECT_TIMEOUT, timeout), timeout),
        ).response
    except Exception as error:
        raise from_failure(error, asked) from error


def _asked_to_wait(response: Any, asked: Asked) -> float | None:
    """Seconds the API server asks to wait before the same request; a pod's wish is not ours."""
    if response.status != 429 or asked.proxied:
        return None
    try:
        return min(float(response.headers.get("Retry-After", "")), _LONGEST_WAIT)
    except ValueError:
        return None
