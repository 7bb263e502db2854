"""Every command of the screens: its id, its keys, its word in the line of keys, what it does.

This is the one list. Key bindings are made of it, and through them the line of keys, the palette
and the help; so are `jetscale config keys` and the check of a keys file. The list itself needs no
Textual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from textual.binding import Binding
    from textual.command import Provider


class Command(NamedTuple):
    """Something a key does."""

    id: str
    """`PLACE.VERB`; what a keys file calls it."""
    keys: str
    """By Textual's names, with commas between."""
    word: str
    what: str
    """One line for the help and the palette."""
    listed: bool = True
    """In the line of keys, where there is room."""
    drawn: str | None = None
    """The key as it is written there; None: after its name."""

    @property
    def place(self) -> str:
        """Where it works, a key of `PLACES`."""
        return self.id.partition(".")[0]


class Place(NamedTuple):
    """Some part of the screens whose keys work together."""

    title: str
    inside: tuple[str, ...] = ()
    """Places whose keys work there too."""


PLACES: dict[str, Place] = {
    "app": Place("Everywhere"),
    "toosmall": Place("While the terminal is too small", ("app",)),
    "open": Place("Opening a setup document", ("app",)),
    "help": Place("The help", ("app",)),
    "confirm": Place("A question with yes and no", ("app",)),
    "wizard": Place("The wizard, on every page", ("app",)),
    "choices": Place(
        "A list of choices",
        ("wizard", "cluster", "workload", "adapter", "advice", "behavior", "export"),
    ),
    "field": Place("A field of the wizard", ("wizard", "metrics")),
    "answer": Place(
        "A field of a dialog", ("nameserver", "behavior", "export", "burst", "edit", "record")
    ),
    "prerequisites": Place("Prerequisites", ("wizard",)),
    "checks": Place("The list of checks", ("prerequisites",)),
    "cluster": Place("Cluster", ("wizard",)),
    "filter": Place("A field that narrows a list", ("app",)),
    "project": Place("Choosing a project", ("app",)),
    "namespace": Place("Choosing a namespace", ("app",)),
    "workload": Place("Workload", ("wizard",)),
    "nameserver": Place("Naming a Deployment", ("app",)),
    "adapter": Place("Adapter", ("wizard",)),
    "metrics": Place("Metrics", ("wizard",)),
    "metric": Place("One of the metrics", ("metrics",)),
    "behavior": Place("How fast the autoscaler may act", ("app",)),
    "advice": Place("Settings that do better", ("app",)),
    "review": Place("Review", ("wizard",)),
    "export": Place("Exporting a plan", ("app",)),
    "apply": Place("Apply", ("wizard",)),
    "connecting": Place("Connecting the dashboard", ("app",)),
    "dashboard": Place("The dashboard", ("app",)),
    "hpas": Place("The table of autoscalers", ("dashboard",)),
    "burst": Place("Sending a burst", ("app",)),
    "edit": Place("Other numbers for an autoscaler", ("app",)),
    "plan": Place("A small plan to agree to", ("app",)),
    "refusal": Place("Something that was not done", ("app",)),
    "record": Place("Naming a recording", ("app",)),
    "doctor": Place("The doctor", ("app",)),
    "replay": Place("A replay, on the dashboard", ("app",)),
}
"""By the first part of the ids; in the order a person meets them."""

COMMANDS: dict[str, Command] = {
    command.id: command
    for command in (
        Command("app.help", "question_mark,f1", "Help", "Help on what is focused, and all its keys",
                drawn="?"),
        Command("app.commands", "ctrl+p", "Commands", "Find any command by name"),
        Command("app.quit", "ctrl+q", "Quit", "Leave; answers are kept", listed=False),
        Command("toosmall.quit", "q", "Quit", "Leave JetScale"),
        Command("help.close", "escape,question_mark,f1,enter,q", "Close", "Back to the screen"),
        Command("confirm.no", "escape,n", "No", "Do not do it"),
        Command("confirm.yes", "y", "Yes", "Do it"),
        Command("confirm.other", "left,right", "Other", "The other answer", listed=False),
        Command("open.leave", "escape", "Cancel", "Open nothing"),
        Command("wizard.next", "enter", "Next", "Go on to the next step"),
        Command("wizard.back", "escape,ctrl+b", "Back", "Go back one step; every answer is kept"),
        Command("choices.choose", "enter", "Next", "Go on with the highlighted choice"),
        Command("field.next", "enter", "Next", "Take the answers as they are and go on"),
        Command("answer.take", "enter", "Take it", "Take what the fields say"),
        Command("prerequisites.again", "r", "Ask again", "Ask everything again"),
        Command("prerequisites.stop", "s", "Stop asking", "Go without what is not answered yet"),
        Command("checks.next", "enter", "Next", "Go on"),
        Command("checks.fix", "f", "Fix it", "Carry out the fix of the highlighted check"),
        Command("checks.copy", "c", "Copy", "Copy the command that fixes the highlighted check"),
        Command("cluster.again", "r", "Ask again", "Look at the cluster again"),
        Command("cluster.stop", "s", "Stop asking", "Go without what is not answered yet"),
        Command("cluster.filter", "slash", "Filter", "Narrow the list to what is typed"),
        Command("cluster.project", "p", "Project",
                "List the clusters of a project, also of one Google does not show"),
        Command("filter.choose", "enter", "Next", "Go on with the highlighted choice"),
        Command("filter.up", "up", "Up", "Choice above", listed=False),
        Command("filter.down", "down", "Down", "Choice below", listed=False),
        Command("filter.close", "escape", "Whole list", "Back to the whole list"),
        Command("project.leave", "escape", "Cancel", "Change nothing"),
        Command("namespace.leave", "escape", "Cancel", "Watch what is watched"),
        Command("workload.again", "r", "Ask again", "Look again"),
        Command("workload.stop", "s", "Stop asking", "Go without what is not answered yet"),
        Command("workload.type", "t", "Type a name", "Name a Deployment that is not in the list"),
        Command("nameserver.cancel", "escape", "Cancel", "Change nothing"),
        Command("adapter.again", "r", "Ask again", "Look again who owns the APIs"),
        Command("adapter.stop", "s", "Stop asking", "Go without what is not answered yet"),
        Command("adapter.takeover", "o", "Take over",
                "Take the metrics APIs from whoever serves them; undo gives them back"),
        Command("metrics.forecast", "f", "Forecast",
                "What a burst would do, and settings that do better"),
        Command("metrics.stop", "s", "Stop", "Look for no better settings any more"),
        Command("metrics.behavior", "b", "Behavior", "How fast replicas may come and go"),
        Command("behavior.leave", "escape", "Cancel", "Change nothing"),
        Command("metric.toggle", "space", "Follow it", "Follow this metric"),
        Command("metric.up", "up", "Up", "Metric above", listed=False),
        Command("metric.down", "down", "Down", "Metric below", listed=False),
        Command("metric.target", "right", "Target", "To the target", listed=False),
        Command("advice.leave", "escape", "Back", "Change nothing"),
        Command("review.apply", "enter", "Apply", "Carry out exactly what is listed"),
        Command("review.up", "up,k", "Up", "Line above", listed=False),
        Command("review.down", "down,j", "Down", "Line below", listed=False),
        Command("review.view", "right,right_square_bracket", "View",
                "Show something else of this line", drawn="←→"),
        Command("review.viewback", "left,left_square_bracket", "View back",
                "Show the previous view", listed=False),
        Command("review.toggle", "space", "Open", "Open or close the step"),
        Command("review.more", "pagedown", "More", "Scroll on", listed=False),
        Command("review.less", "pageup", "Less", "Scroll back", listed=False),
        Command("review.copy", "c", "Copy", "Copy what is shown below", listed=False),
        Command("review.save", "w", "Export",
                "Write it to files: manifests, a script, Terraform, a hand-over"),
        Command("review.again", "r", "Plan again", "Make the plan again", listed=False),
        Command("review.stop", "s", "Stop", "Make no plan now"),
        Command("review.port", "m", "Open port",
                "Let the plan add the server's metrics argument; its pods are replaced"),
        Command("review.rollback", "b", "Clear release",
                "Clear away what an interrupted Helm left of the release, then install it"),
        Command("review.leaveout", "x", "Leave out",
                "Plan without this step; nothing else needs it"),
        Command("review.takeover", "o", "Take over",
                "Take over the fields of this object from whoever manages them"),
        Command("export.leave", "escape", "Cancel", "Write nothing"),
        Command("export.copy", "c", "Copy", "Copy the highlighted format instead"),
        Command("apply.onward", "enter", "Go on", "What the button says"),
        Command("apply.stop", "s", "Stop", "Stop after the write that is under way"),
        Command("apply.log", "l", "Log", "Everything that happened so far"),
        Command("apply.undo", "u", "Undo", "A plan that takes back this run"),
        Command("apply.retry", "r", "Plan again", "Plan again and go on from here", listed=False),
        Command("apply.login", "i", "Log in", "Run the login that the run waits for, here"),
        Command("apply.copy", "c", "Copy", "Copy the login that the run waits for"),
        Command("apply.leaveout", "x", "Leave out",
                "Plan again without the step that failed; nothing else needs it"),
        Command("apply.handover", "w", "Hand over",
                "Write down what somebody else has to do, as a script and a text"),
        Command("connecting.again", "r", "Connect again", "Try to connect once more"),
        Command("connecting.leave", "escape,q", "Back", "Wait no longer; go back, or leave"),
        Command("dashboard.burst", "b", "Burst",
                "Send a burst of requests; stop the one that runs"),
        Command("dashboard.pause", "p", "Pause", "Pause scaling, or resume it as it was"),
        Command("dashboard.doctor", "d", "Doctor", "Find the broken link, and mend it"),
        Command("dashboard.filter", "slash", "Filter", "Filter by name"),
        Command("dashboard.namespace", "n", "Namespace", "Watch another namespace, or all"),
        Command("dashboard.depth", "enter", "Details", "Open this HPA in depth"),
        Command("dashboard.turn", "v", "View", "Next view below: events, pods, metric"),
        Command("dashboard.metrics", "m", "Metrics", "The metrics that did not fit"),
        Command("dashboard.edit", "e", "Edit", "Other targets, limits or behavior"),
        Command("dashboard.forecast", "f", "Forecast", "What this HPA would do under a load"),
        Command("dashboard.record", "r", "Record", "Keep all that is seen in a file; stop that"),
        Command("dashboard.export", "x", "Export", "This HPA as manifests, a setup, Terraform"),
        Command("dashboard.connect", "c", "Connect", "Try again now, as after a new login"),
        Command("dashboard.hold", "space", "Hold", "Hold the picture still, or let it go on"),
        Command("dashboard.setup", "w", "Wizard", "Open the wizard"),
        Command("dashboard.back", "escape", "Close", "Close what was opened last, or stop asking"),
        Command("hpas.up", "up,k", "Up", "Previous HPA", listed=False),
        Command("hpas.down", "down,j", "Down", "Next HPA", listed=False),
        Command("hpas.pageup", "pageup", "Page up", "Page up", listed=False),
        Command("hpas.pagedown", "pagedown", "Page down", "Page down", listed=False),
        Command("hpas.first", "home,g", "First", "First HPA", listed=False),
        Command("hpas.last", "end,G", "Last", "Last HPA", listed=False),
        Command("hpas.sort", "s", "Sort", "Sort by the next column; trouble first after the last"),
        Command("hpas.turn", "S", "Reverse", "Sort the other way round", listed=False),
        Command("burst.cancel", "escape", "Cancel", "Send nothing"),
        Command("edit.leave", "escape", "Cancel", "Change nothing"),
        Command("plan.no", "escape,n", "No", "Do not do it"),
        Command("plan.yes", "y", "Yes", "Do exactly what is shown"),
        Command("plan.view", "right", "View", "Show another side of it", drawn="←→"),
        Command("plan.viewback", "left", "View back", "Show the previous side", listed=False),
        Command("refusal.close", "escape,enter", "Close", "Back to the screen"),
        Command("refusal.copy", "c", "Copy", "Copy what to do"),
        Command("record.leave", "escape", "Cancel", "Record nothing"),
        Command("replay.play", "space", "Play", "Play, or stand still"),
        Command("replay.back", "left", "10 s", "Ten seconds back", drawn="←→"),
        Command("replay.forth", "right", "10 s on", "Ten seconds on", listed=False),
        Command("replay.slower", "minus", "Speed", "Half as fast", drawn="-+"),
        Command("replay.faster", "plus,equals_sign", "Faster", "Twice as fast", listed=False),
        Command("replay.begin", "home", "Start", "To the start of the recording"),
        Command("replay.end", "end", "End", "To the end of the recording"),
        Command("doctor.fix", "f", "Fix it", "Carry out the fix of the highlighted link"),
        Command("doctor.copy", "c", "Copy", "Copy the command that fixes the highlighted link"),
        Command("doctor.again", "r", "Ask again", "Walk the chain again"),
        Command("doctor.stop", "s", "Stop asking", "Walk no further"),
        Command("doctor.back", "escape,q", "Back", "Back to the dashboard"),
    )
}  # fmt: skip
"""By id, in the order a person meets them."""


def bound(name: str, action: str, *, priority: bool = False, system: bool = False) -> Binding:
    """The key binding of a command.

    Args:
        name: the command's id.
        action: what Textual runs, on the node that declares the binding.
        priority: works whatever is focused.
        system: has a place of its own in the palette.
    """
    from textual.binding import Binding

    command = COMMANDS[name]
    return Binding(
        command.keys,
        action,
        command.word,
        show=command.listed,
        key_display=command.drawn,
        priority=priority,
        tooltip=command.what,
        id=command.id,
        system=system,
    )


def around(place: str) -> frozenset[str]:
    """The places whose keys work in a place: itself, and all it is inside of."""
    return frozenset({place}).union(*(around(outer) for outer in PLACES[place].inside))


def key_commands() -> type[Provider]:
    """What the palette lists; imported when it first opens."""
    from jetscale_tui.tui.palette import PaletteProvider

    return PaletteProvider
