"""TPU machine types of GKE: which generation, how many chips.

Source: the GKE documentation, "Plan TPUs in GKE".
"""

from __future__ import annotations

import re

_GENERATIONS = {
    "ct3": "tpu-v3-device",
    "ct3p": "tpu-v3-slice",
    "ct4p": "tpu-v4-podslice",
    "ct5l": "tpu-v5-lite-device",
    "ct5lp": "tpu-v5-lite-podslice",
    "ct5p": "tpu-v5p-slice",
    "ct6e": "tpu-v6e-slice",
    "tpu7x": "tpu7x",
}

_SPOKEN = {
    "tpu-v3-device": "TPU v3",
    "tpu-v3-slice": "TPU v3",
    "tpu-v4-podslice": "TPU v4",
    "tpu-v5-lite-device": "TPU v5e",
    "tpu-v5-lite-podslice": "TPU v5e",
    "tpu-v5p-slice": "TPU v5p",
    "tpu-v6e-slice": "TPU v6e",
    "tpu7x": "TPU7x",
}

_MACHINE = re.compile(r"(?P<family>ct\w+|tpu7x)-\w+-(?P<chips>\d+)t")


def generation_of_machine(machine_type: str) -> str:
    """Value of `cloud.google.com/gke-tpu-accelerator` on such nodes; empty without TPUs."""
    found = _MACHINE.fullmatch(machine_type)
    return _GENERATIONS.get(found["family"], "") if found else ""


def chips_of_machine(machine_type: str) -> int:
    """TPU chips of one such machine; 0 without TPUs."""
    found = _MACHINE.fullmatch(machine_type)
    return int(found["chips"]) if found else 0


def spoken(accelerator: str) -> str:
    """What people call a generation, by its `cloud.google.com/gke-tpu-accelerator`; else that."""
    return _SPOKEN.get(accelerator, accelerator)
