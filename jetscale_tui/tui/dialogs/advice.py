"""Settings that do better under the guide's burst; Enter takes one over."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static

from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.dialogs.framing import framed
from jetscale_tui.tui.widgets.choice_list import Choice, ChoiceList
from jetscale_tui.tui.widgets.forecast_view import ForecastView

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from jetscale_tui.wizard.forecasts import Advised


class AdviceDialog(ModalScreen[int | None]):
    """The forecast of a draft and changes to it; the result is the index of the one taken over."""

    HELP = """
    Each line is a change to the setup that a search found better under a burst of 100 requests: `+`
    is what it improves, `-` what it costs. {Choices.choose} takes the highlighted one over; nothing
    is written before the plan is confirmed. `jetscale forecast` knows other loads.
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("advice.leave", "leave"),
    ]

    def __init__(self, advised: Advised) -> None:
        super().__init__()
        self._advised = advised

    def compose(self) -> ComposeResult:
        """Forecast above, choices below."""
        search = self._advised.search
        with Vertical(classes="dialog") as box:
            framed(box, "Forecast", "{choices.choose} takes it over, {advice.leave} leaves")
            view = ForecastView()
            view.forecast = self._advised.forecast
            yield view
            if search.advice:
                yield Static(f"Better, out of {search.tried} settings tried:", classes="heading")
                yield ChoiceList(_choices(self._advised))
            else:
                yield Static(
                    f"None of {search.tried} settings tried does better under this load.",
                    classes="heading",
                )

    @on(OptionList.OptionSelected)
    def _take(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(event.option_index)

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss(None)


def _choices(advised: Advised) -> list[Choice]:
    return [
        Choice(
            str(number),
            "; ".join(change.text for change in advice.changes),
            details=(
                *(f"+ {text}" for text in advice.better),
                *(f"- {text}" for text in advice.worse),
            ),
        )
        for number, advice in enumerate(advised.search.advice)
    ]
