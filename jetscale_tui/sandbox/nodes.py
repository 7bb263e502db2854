"""Nodes as GKE makes them from a node pool."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from jetscale_tui.sandbox.kube.objects import rfc3339

if TYPE_CHECKING:
    from datetime import datetime

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.blueprint import Blueprint, PoolBlueprint

VERSION = "v1.36.2-gke.1042000"
POOL_LABEL = "cloud.google.com/gke-nodepool"
_PLAIN = ("3920m", "13591684Ki", "4", "16393244Ki")
"""Allocatable cpu and memory, then capacity, of a machine without accelerators."""
_TPU = ("223830m", "392345476Ki", "224", "396253700Ki")


def zone(blueprint: Blueprint) -> str:
    """The zone of all nodes."""
    location = blueprint.location
    return location if re.search(r"-[a-z]$", location) else f"{location}-a"


def group_name(blueprint: Blueprint, pool: PoolBlueprint) -> str:
    """The managed instance group behind a pool."""
    return f"gke-{blueprint.cluster}-{pool.name}-{_digest(blueprint.cluster, pool.name, size=8)}"


def node_name(blueprint: Blueprint, pool: PoolBlueprint, index: int) -> str:
    """Name of a pool's node; stable, so that restarting a sandbox looks the same."""
    return f"{group_name(blueprint, pool)}-{_digest(pool.name, str(index), size=4)}"


def _digest(*parts: str, size: int) -> str:
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:size]


def node(blueprint: Blueprint, pool: PoolBlueprint, index: int, now: datetime) -> Json:
    """A node of a pool that has just become ready."""
    name = node_name(blueprint, pool, index)
    cpu, memory, whole_cpu, whole_memory = _TPU if pool.chips_per_node else _PLAIN
    chips = {"google.com/tpu": str(pool.chips_per_node)} if pool.chips_per_node else {}
    spec: Json = {
        "podCIDR": f"10.8.{index}.0/24",
        "providerID": f"gce://{blueprint.project_id}/{zone(blueprint)}/{name}",
    }
    if pool.chips_per_node:
        spec["taints"] = [{"key": "google.com/tpu", "value": "present", "effect": "NoSchedule"}]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": _labels(blueprint, pool, name)},
        "spec": spec,
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": address(name)},
                {"type": "Hostname", "address": name},
            ],
            "allocatable": {"cpu": cpu, "memory": memory, "pods": "110", **chips},
            "capacity": {"cpu": whole_cpu, "memory": whole_memory, "pods": "110", **chips},
            "conditions": _conditions(now),
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": {
                "architecture": "amd64",
                "bootID": _digest(name, "boot", size=32),
                "containerRuntimeVersion": "containerd://2.1.5",
                "kernelVersion": "6.12.46+",
                "kubeProxyVersion": "",
                "kubeletVersion": VERSION,
                "machineID": _digest(name, "machine", size=32),
                "operatingSystem": "linux",
                "osImage": "Container-Optimized OS from Google",
                "systemUUID": _digest(name, "system", size=32),
            },
        },
    }


def address(node_name: str) -> str:
    """Internal address of a node."""
    number = int(_digest(node_name, size=4), 16)
    return f"10.128.{number >> 8}.{number & 255}"


def _labels(blueprint: Blueprint, pool: PoolBlueprint, name: str) -> dict[str, str]:
    region = re.sub(r"-[a-z]$", "", blueprint.location)
    labels = {
        POOL_LABEL: pool.name,
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": pool.machine_type,
        "topology.kubernetes.io/region": region,
        "topology.kubernetes.io/zone": zone(blueprint),
    }
    if blueprint.workload_identity:
        labels["iam.gke.io/gke-metadata-server-enabled"] = "true"
    if pool.chips_per_node:
        labels |= {
            "cloud.google.com/gke-accelerator-count": str(pool.chips_per_node),
            "cloud.google.com/gke-tpu-accelerator": pool.accelerator,
            "cloud.google.com/gke-tpu-topology": pool.topology,
        }
    return labels


def _conditions(now: datetime) -> list[Json]:
    stamp = rfc3339(now)
    rows = (
        ("MemoryPressure", "False", "KubeletHasSufficientMemory", "sufficient memory available"),
        ("DiskPressure", "False", "KubeletHasNoDiskPressure", "no disk pressure"),
        ("PIDPressure", "False", "KubeletHasSufficientPID", "sufficient PID available"),
    )
    pressures = [(kind, value, why, f"kubelet has {text}") for kind, value, why, text in rows]
    return [
        {
            "type": kind,
            "status": value,
            "reason": why,
            "message": message,
            "lastHeartbeatTime": stamp,
            "lastTransitionTime": stamp,
        }
        for kind, value, why, message in (
            *pressures,
            ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
        )
    ]
