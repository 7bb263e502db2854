"""How one can begin: anew, where one stopped, with a run that did not finish, or by watching."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from jetscale_tui.domain.wording import duration
from jetscale_tui.wizard.offers import Offer

if TYPE_CHECKING:
    from jetscale_tui.wizard.desk import Desk


class Beginning(StrEnum):
    """A way to begin."""

    SET_UP = "set-up"
    RESUME = "resume"
    FINISH = "finish"
    WATCH = "watch"
    UNDO = "undo"
    OPEN = "open"
    DEMO = "demo"
    QUIT = "quit"


SET_UP = Offer(
    Beginning.SET_UP,
    "Set up autoscaling",
    details=("Check, choose, read the plan, apply it, see it work.",),
)
WATCH = Offer(Beginning.WATCH, "Open the dashboard", details=("HPAs that are already there.",))
OPEN = Offer(Beginning.OPEN, "Open a setup document", "its answers instead of proposals")
DEMO = Offer(Beginning.DEMO, "Try it on an embedded cluster", "jetscale demo; needs no cloud")
QUIT = Offer(Beginning.QUIT, "Quit")


def beginnings(desk: Desk) -> tuple[Offer, ...]:
    """What one can do here, the likeliest first."""
    resume, run = desk.opening.resume, desk.opening.last_run
    offers = [SET_UP, WATCH]
    if run is not None:
        name = run.setup.get("scaling", {}).get("name", run.name)
        ago = _ago(run.began)
        offers.append(Offer(Beginning.UNDO, "Take back what was set up", f"{name}, {ago}"))
        if run.state.value == "done":
            watch = Offer(WATCH.key, WATCH.title, details=(f"{name}, set up {ago}.",))
            offers = [watch, SET_UP, offers[-1]]
        else:
            how = f"{run.error} " if run.error else ""
            finish = f"{how}Applied {ago}; what is done already is kept."
            offers.insert(
                0, Offer(Beginning.FINISH, f"Finish setting up {name}", details=(finish,))
            )
    if resume is not None:
        kept = f"Your answers of {_ago(resume.saved)} are kept."
        title = f"Go on at {resume.step.heading}"
        offers.insert(0, Offer(Beginning.RESUME, title, details=(kept,)))
    return (*offers, QUIT)


def on_screen(desk: Desk | None) -> tuple[Offer, ...]:
    """The same with what only the screen offers: a document to open, and the demo.

    None: before anything is known of the surroundings.
    """
    *offers, leaving = beginnings(desk) if desk is not None else (SET_UP, WATCH, QUIT)
    in_sandbox = desk is not None and desk.backend.label
    return (*offers, OPEN, *(() if in_sandbox else (DEMO,)), leaving)


def _ago(moment: datetime) -> str:
    return f"{duration((datetime.now(UTC) - moment).total_seconds())} ago"
