"""Asks for a Deployment by name: for servers no profile recognises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static

from jetscale_tui.domain import names
from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.dialogs.framing import framed
from jetscale_tui.tui.widgets.field import AnswerField

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from jetscale_tui.domain.spec import Setup


@dataclass(frozen=True, slots=True)
class ServerName:
    """Namespace and name of a Deployment."""

    namespace: str
    deployment: str

    def apply(self, setup: Setup) -> Setup:
        """The setup for this Deployment."""
        update = {"namespace": self.namespace, "deployment": self.deployment}
        return setup.model_copy(update={"workload": setup.workload.model_copy(update=update)})


class NameServerDialog(ModalScreen[ServerName | None]):
    """Two fields; Enter in the second takes them."""

    HELP = "Namespace and name as `kubectl get deployments -A` lists them."
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("nameserver.cancel", "leave"),
    ]

    def __init__(self, namespace: str, deployment: str) -> None:
        super().__init__()
        self._namespace = namespace
        self._deployment = deployment

    def compose(self) -> ComposeResult:
        """Fields, and what is wrong with them."""
        with Vertical(classes="dialog") as box:
            framed(box, "Deployment", "{answer.take} takes it, {nameserver.cancel} leaves")
            yield Label("Namespace")
            yield AnswerField(self._namespace, id="namespace", compact=True)
            yield Label("Name")
            yield AnswerField(self._deployment, id="deployment", compact=True)
            yield Static(id="problem", markup=False)

    def on_mount(self) -> None:
        """The name is what usually differs."""
        self.query_one("#deployment", Input).focus()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        namespace = self.query_one("#namespace", Input).value.strip()
        deployment = self.query_one("#deployment", Input).value.strip()
        wrong = _wrong("The namespace", namespace, names.dns_label(namespace)) or _wrong(
            "The name", deployment, names.dns_subdomain(deployment)
        )
        if wrong:
            self.query_one("#problem", Static).update(wrong)
        else:
            self.dismiss(ServerName(namespace, deployment))

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss(None)


def _wrong(what: str, value: str, problem: str | None) -> str:
    if not value:
        return f"{what} is empty."
    return f"{what} {problem}." if problem else ""
