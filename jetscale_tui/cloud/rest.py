"""Calls to the few methods of Google's APIs that have no gRPC: PromQL is one of them."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any

from google.api_core import exceptions as api

from jetscale_tui.cloud.deadline import within

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

_ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo"


class RestClient:
    """One host, asked in somebody's name. Proxies of the environment are honoured."""

    def __init__(
        self,
        root: str,
        headers: Mapping[str, str],
        tls: ssl.SSLContext,
        *,
        through_proxies: bool = True,
    ) -> None:
        """Prepare a client; nothing is sent.

        Args:
            root: `https://HOST`.
            headers: who asks, and which program; sent with each call, never logged.
            tls: whom to trust.
            through_proxies: off for what runs on this machine.
        """
        proxies = urllib.request.ProxyHandler(None if through_proxies else {})
        self._root = root
        self._headers = {**headers}
        self._opener = urllib.request.build_opener(
            proxies, urllib.request.HTTPSHandler(context=tls), _NoRedirects()
        )

    def post(self, path: str, fields: Mapping[str, str], seconds: float) -> Any:
        """Send a form; the JSON that comes back.

        Raises:
            google.api_core.exceptions.GoogleAPICallError: it was refused.
            OSError: there was no answer in time.
        """
        body = urllib.parse.urlencode(fields).encode()
        request = urllib.request.Request(
            self._root + path, data=body, headers=self._headers, method="POST"
        )
        return within(seconds, lambda: self._answer(request, seconds))

    def _answer(self, request: urllib.request.Request, seconds: float) -> Any:
        try:
            with self._opener.open(request, timeout=seconds) as response:
                return _read(response.read())
        except urllib.error.HTTPError as error:
            with error:
                raise refusal(error.code, error.read()) from None


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Sends nobody's token anywhere but to the host that was meant."""

    def redirect_request(self, *_: Any) -> None:
        """Take a redirection for an error."""


def refusal(status: int, body: bytes) -> api.GoogleAPICallError:
    """The exception of Google's own library for an HTTP error and what came with it."""
    said = _read(body)
    told = said.get("error") if isinstance(said, dict) else None
    if not isinstance(told, dict):
        # Prometheus' own words for a query that is wrong.
        told = {"message": told if isinstance(told, str) else f"HTTP status {status}"}
    details = [each for each in told.get("details") or () if isinstance(each, dict)]
    info = next((each for each in details if each.get("@type") == _ERROR_INFO), None)
    error: api.GoogleAPICallError = api.from_http_status(  # type: ignore[no-untyped-call]
        status,
        str(told.get("message", "")),
        details=details,
        error_info=info,
    )
    return error


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return {}
