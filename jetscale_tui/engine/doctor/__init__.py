"""The doctor: walks from an autoscaler down to the server and stops at the first broken link."""

from jetscale_tui.engine.doctor.chain import TITLES, Patient, examine, is_healthy
from jetscale_tui.engine.doctor.links import Health, Link, LinkId, Remedy

__all__ = [
    "TITLES",
    "Health",
    "Link",
    "LinkId",
    "Patient",
    "Remedy",
    "examine",
    "is_healthy",
]
