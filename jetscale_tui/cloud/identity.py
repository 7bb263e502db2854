"""Whose credentials these are, said no more precisely than is known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from google.auth.exceptions import GoogleAuthError

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

_TOKEN_INFO = "https://oauth2.googleapis.com/tokeninfo"

_KINDS = {
    "credentials": "user credentials",
    "service_account": "service account credentials",
    "impersonated_credentials": "impersonated service account credentials",
    "external_account_authorized_user": "workforce identity credentials",
    "identity_pool": "workload identity federation credentials",
    "aws": "workload identity federation credentials from AWS",
    "pluggable": "workload identity federation credentials of a program",
}


def carried(credentials: Credentials) -> str:
    """The e-mail the credentials themselves carry, empty when they carry none."""
    for attribute in ("service_account_email", "account"):
        email = getattr(credentials, attribute, None)
        if isinstance(email, str) and "@" in email:
            return email
    return ""


def asked(credentials: Credentials, request: Any) -> str:
    """The e-mail Google knows for their token, empty when it does not tell or does not answer."""
    # In the body, not in the address: addresses end up in logs.
    body = f"access_token={credentials.token}".encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    try:
        response = request(url=_TOKEN_INFO, method="POST", body=body, headers=headers)
        answer = json.loads(response.data)
    except (GoogleAuthError, ValueError):
        return ""
    email = answer.get("email") if isinstance(answer, dict) else None
    return email if isinstance(email, str) else ""


def kind_of(credentials: Credentials) -> str:
    """What kind of credentials they are, for when nobody tells whose."""
    module = type(credentials).__module__.rpartition(".")[2]
    return f"{_KINDS.get(module, 'Google credentials')} (e-mail not known)"
