"""Rules for names, as Kubernetes and Google Cloud enforce them."""

from __future__ import annotations

import re

_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_DNS_1035_LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?")
_LABEL_NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
_PROJECT = re.compile(r"([a-z0-9.-]+:)?[a-z][-a-z0-9]{4,28}[a-z0-9]")
_LOCATION = re.compile(r"[a-z]+-[a-z]+[0-9]+(-[a-z])?")
_GKE_CLUSTER = re.compile(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?")
_GOOGLE_SERVICE_ACCOUNT = re.compile(r"[a-z]([-a-z0-9]{4,28})[a-z0-9]")


def dns_label(value: str) -> str | None:
    """Problem with a DNS-1123 label (namespaces, Helm releases), or None."""
    if len(value) > 63:
        return f"has {len(value)} characters, at most 63 are allowed"
    if not _DNS_LABEL.fullmatch(value):
        return "may hold only a-z, 0-9 and '-', and starts and ends with a letter or digit"
    return None


def dns_subdomain(value: str) -> str | None:
    """Problem with a DNS-1123 subdomain (most object names), or None."""
    if len(value) > 253:
        return f"has {len(value)} characters, at most 253 are allowed"
    if not all(_DNS_LABEL.fullmatch(part) for part in value.split(".")):
        return "may hold only a-z, 0-9, '-' and '.', and starts and ends with a letter or digit"
    return None


def service_name(value: str) -> str | None:
    """Problem with a Service's name (a DNS-1035 label), or None."""
    if len(value) > 63:
        return f"has {len(value)} characters, at most 63 are allowed"
    if not _DNS_1035_LABEL.fullmatch(value):
        return "may hold only a-z, 0-9 and '-', starts with a letter, ends with a letter or digit"
    return None


def label_key(value: str) -> str | None:
    """Problem with a label key (`app` or `example.com/app`), or None."""
    prefix, slash, name = value.rpartition("/")
    if slash and (problem := dns_subdomain(prefix)):
        return f"has a prefix that {problem}"
    if len(name) > 63 or not _LABEL_NAME.fullmatch(name):
        return "is no label key: at most 63 letters, digits, '-', '_', '.'"
    return None


def label_value(value: str) -> str | None:
    """Problem with a label value, or None."""
    if len(value) > 63:
        return f"has {len(value)} characters, at most 63 are allowed"
    if not _LABEL_VALUE.fullmatch(value):
        return "is no label value: letters, digits, '-', '_', '.', at most 63"
    return None


def project_id(value: str) -> str | None:
    """Problem with a Google Cloud project id, or None."""
    if value.isdigit():
        return "is a project number; give the project id"
    if not _PROJECT.fullmatch(value):
        return "is no project id: 6 to 30 of a-z, 0-9 and '-', starting with a letter"
    return None


def location(value: str) -> str | None:
    """Problem with a region or zone, or None."""
    if not _LOCATION.fullmatch(value):
        return "is no region or zone, such as us-central1 or us-central1-a"
    return None


def gke_cluster(value: str) -> str | None:
    """Problem with a GKE cluster's name, or None."""
    if not _GKE_CLUSTER.fullmatch(value):
        return "is no cluster name: at most 40 of a-z, 0-9 and '-', starting with a letter"
    return None


def helm_release(value: str) -> str | None:
    """Problem with a Helm release name that Services are named after, or None."""
    if len(value) > 53:
        return f"has {len(value)} characters, at most 53 are allowed"
    return service_name(value)


def google_service_account(value: str) -> str | None:
    """Problem with the id of a Google service account, or None."""
    if not _GOOGLE_SERVICE_ACCOUNT.fullmatch(value):
        return "is no service account id: 6 to 30 of a-z, 0-9 and '-', starting with a letter"
    return None
