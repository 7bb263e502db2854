"""How the Google APIs are reached: with Application Default Credentials, or the sandbox's token."""

from __future__ import annotations

import functools
import os
import ssl
import threading
import warnings
from typing import TYPE_CHECKING, Any, Protocol

import google.auth
import grpc
from google.api_core.gapic_v1.client_info import ClientInfo
from google.auth import exceptions as auth
from google.auth.external_account_authorized_user import Credentials as WorkforceCredentials
from google.auth.transport.requests import Request
from google.oauth2.credentials import Credentials as UserCredentials

from jetscale_tui import __version__
from jetscale_tui.cloud.channels import ca_file, open_channel
from jetscale_tui.cloud.deadline import within
from jetscale_tui.cloud.errors import credentials_error, is_outage
from jetscale_tui.cloud.identity import asked, carried, kind_of
from jetscale_tui.cloud.rest import RestClient

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

    from jetscale_tui.cloud.connect import GoogleEndpoint

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
"""The one scope that the write methods of IAM and Service Usage accept."""

_PERSONS = (UserCredentials, WorkforceCredentials)

SIGN_IN_SECONDS = 6.0
"""Deadline of finding credentials and renewing their token."""

REQUEST_SECONDS = 4.0
"""Deadline of one request to Google's sign-in service."""


class Access(Protocol):
    """Who is asking, and over which channels."""

    def transport(self, kind: type[Any]) -> Any:
        """An instance of a client library's gRPC transport class."""

    def rest(self, host: str) -> RestClient:
        """A way to a host's REST API, with the token of now."""

    def refresh(self) -> bool:
        """Make sure the next call carries a good token; True when the credentials are new ones.

        Raises:
            AuthError: there are no credentials, or they are expired or revoked.
            Unreachable: the sign-in service does not answer.
        """

    def distrust(self) -> None:
        """A service refused the credentials: look for new ones before the next call."""

    def token(self) -> str:
        """The access token itself, good for now; errors as `refresh`."""

    def identity(self) -> str:
        """E-mail of the credentials, or a description of them; may ask Google."""

    def known_identity(self) -> str:
        """The same without asking; empty when not known yet."""

    def close(self) -> None:
        """Close what was opened here."""


class SandboxAccess:
    """One channel to the embedded services, trusted by the sandbox's CA."""

    def __init__(self, endpoint: GoogleEndpoint) -> None:
        self._account = endpoint.account
        self._token = endpoint.token
        self._rest_address = endpoint.rest_address
        self._ca_pem = endpoint.ca_pem
        credentials = grpc.composite_channel_credentials(
            grpc.ssl_channel_credentials(endpoint.ca_pem.encode()),
            grpc.access_token_call_credentials(endpoint.token),
        )
        # A proxy of the environment has no business between two ends of the same machine.
        self._channel = grpc.secure_channel(
            endpoint.address, credentials, options=[("grpc.enable_http_proxy", 0)]
        )

    def transport(self, kind: type[Any]) -> Any:
        """All services share the channel."""
        return kind(channel=self._channel, client_info=_client_info())

    def rest(self, host: str) -> RestClient:  # noqa: ARG002  # there is only the one
        """The sandbox answers for one host only, at an address of its own."""
        tls = ssl.create_default_context(cadata=self._ca_pem)
        headers = {"Authorization": f"Bearer {self._token}", **_named()}
        return RestClient(f"https://{self._rest_address}", headers, tls, through_proxies=False)

    def refresh(self) -> bool:
        """The token lives as long as the sandbox."""
        return False

    def distrust(self) -> None:
        """There is only the one token."""

    def token(self) -> str:
        """The sandbox's token; its API server accepts it too."""
        return self._token

    def identity(self) -> str:
        """The account the sandbox plays."""
        return self._account

    def known_identity(self) -> str:
        """The account the sandbox plays."""
        return self._account

    def close(self) -> None:
        """Close the channel."""
        self._channel.close()


class DefaultAccess:
    """Application Default Credentials against the real services."""

    def __init__(self, quota_project: str | None = None) -> None:
        """Find the credentials and prove that they still work; errors as `refresh`."""
        self._bundle = ca_file(os.environ)
        # The sign-in library knows fewer of the CA variables by itself.
        trusted = {"verify": str(self._bundle)} if self._bundle else {}
        self._request = functools.partial(Request(), timeout=REQUEST_SECONDS, **trusted)
        self._lock = threading.Lock()
        self._quota_project = quota_project
        self._credentials: Credentials | None = None
        self._identity = ""
        self.refresh()

    def transport(self, kind: type[Any]) -> Any:
        """Each service has its own host, hence its own channel."""
        return kind(
            credentials=self._credentials,
            client_info=_client_info(),
            channel=functools.partial(open_channel, kind),
        )

    def rest(self, host: str) -> RestClient:
        """Google's own host, billed to the same project as the other calls."""
        headers, credentials = _named(), self._credentials
        if credentials is not None:
            credentials.apply(headers)  # type: ignore[no-untyped-call]
        tls = ssl.create_default_context(cafile=self._bundle)
        return RestClient(f"https://{host}", headers, tls)

    def refresh(self) -> bool:
        """Renew the token, from newly read credentials where the old ones were refused."""
        with self._lock:
            if self._credentials is not None and self._credentials.valid:
                return False
            found = self._credentials is None
            try:
                self._credentials = within(SIGN_IN_SECONDS, self._renewed)
            except (auth.GoogleAuthError, OSError) as error:
                if not is_outage(error):
                    self._credentials = None
                raise credentials_error(error) from error
            if found:
                self._identity = carried(self._credentials)
            return found

    def distrust(self) -> None:
        """Read the credentials again before the next call; somebody may have logged in anew."""
        with self._lock:
            self._credentials = None

    def token(self) -> str:
        """The access token of the credentials, renewed if need be."""
        self.refresh()
        credentials = self._credentials
        return str(credentials.token) if credentials is not None else ""

    def identity(self) -> str:
        """E-mail of the credentials; asked of Google at most until it answers."""
        self.refresh()
        credentials = self._credentials
        if not self._identity and credentials is not None:
            self._identity = asked(credentials, self._request)
            return self._identity or kind_of(credentials)
        return self._identity

    def known_identity(self) -> str:
        """E-mail of the credentials, if they carry it or it was asked for before."""
        return self._identity

    def close(self) -> None:
        """The channels belong to the transports."""

    def _renewed(self) -> Credentials:
        credentials = self._credentials or self._find()
        if not credentials.valid:
            credentials.refresh(self._request)  # type: ignore[no-untyped-call]
        return credentials

    def _find(self) -> Credentials:
        # Off Google Cloud nothing answers at the metadata address; three tries take ten seconds.
        os.environ.setdefault("GCE_METADATA_TIMEOUT", "2")
        os.environ.setdefault("GCE_METADATA_DETECT_RETRIES", "1")
        # Would be printed over the screen; calls without a quota project have their own error.
        warnings.filterwarnings("ignore", message="Your application has authenticated using end")
        credentials, _ = google.auth.default(
            scopes=[SCOPE],
            request=self._request,  # type: ignore[arg-type]  # a request with a shorter deadline
        )
        # A service account's calls are billed to its own project; a person has none.
        if self._quota_project and isinstance(credentials, _PERSONS):
            chosen = credentials.quota_project_id or self._quota_project
            return credentials.with_quota_project(chosen)  # type: ignore[no-any-return]
        return credentials


def _named() -> dict[str, str]:
    name = str(_client_info().to_user_agent())  # type: ignore[no-untyped-call]
    return {"x-goog-api-client": name, "User-Agent": f"jetscale/{__version__}"}


def _client_info() -> ClientInfo:
    return ClientInfo(  # type: ignore[no-untyped-call]
        client_library_version=__version__, user_agent=f"jetscale/{__version__}"
    )
