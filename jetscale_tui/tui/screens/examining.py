"""The doctor from the dashboard: what it examines, and its remedies carried out. Mixed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.tui.messages import SetupRequested
from jetscale_tui.tui.screens.acting import Acting
from jetscale_tui.tui.screens.frame import FrameScreen

if TYPE_CHECKING:
    from collections.abc import Callable

    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.doctor import Patient, Remedy


class Examining(Acting, FrameScreen):
    """What a screen needs to have the HPA it shows examined; the remedies are its own acts."""

    def action_doctor(self) -> None:
        """Walk the chain below the HPA under the cursor, or below the setup's."""
        from jetscale_tui.tui.screens.doctor import DoctorScreen

        hpa, scaling = self.glance.hpa, self.setup.scaling
        namespace = hpa.namespace if hpa else self.setup.workload.namespace
        name = hpa.name if hpa else scaling.name

        def mend(remedy: Remedy) -> None:
            self._mend(remedy, namespace, name)

        screen = DoctorScreen(f"{namespace}/{name}", self._patient(namespace, name), mend)
        screen.place = self.place
        self.app.push_screen(screen)

    def _patient(self, namespace: str, name: str) -> Callable[[], Patient]:
        backend, setup = self.backend, self.setup

        def patient() -> Patient:
            from jetscale_tui.engine.doctor import Patient
            from jetscale_tui.wizard.opening import profile_of

            return Patient(
                namespace,
                name,
                setup,
                profile_of(setup),
                lambda: backend.cluster(setup.kubernetes.context),
                backend.cloud,
                backend.clock,
            )

        return patient

    def _mend(self, remedy: Remedy, namespace: str, name: str) -> None:
        """What the doctor found, carried out by the screens."""
        match remedy.value:
            case "apply":
                self.post_message(SetupRequested(self._setup_behind(namespace, name)))
            case "edit":
                self.action_edit()
            case "resume":
                self.action_pause()

    def _setup_behind(self, namespace: str, name: str) -> Setup | None:
        """The setup whose plan makes an HPA work again; None where none is known."""
        from jetscale_tui.wizard.opening import setup_behind

        wanted = self.setup.kubernetes.context
        servers = [
            each.server
            for each in self.backend.contexts()
            if each.name == wanted or (wanted is None and each.current)
        ]
        return setup_behind(self.setup, next(iter(servers), ""), namespace, name)
