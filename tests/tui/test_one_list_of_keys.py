"""What the line of keys says is in the help and in the palette too, by the same key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.tui.commands import COMMANDS
from jetscale_tui.tui.dialogs.help import key_table
from jetscale_tui.tui.palette import PaletteProvider
from tests.tui.dialogs import DIALOGS
from tests.tui.driving import application, reach, running
from tests.tui.test_review_and_apply import obedient

if TYPE_CHECKING:
    from textual.pilot import Pilot

OTHER_KEYS = {"wizard.back": "z", "plan.yes": "f7", "refusal.copy": "f8", "review.save": "f9"}
PANES = [step for step in WizardStep if step is not WizardStep.APPLY]


def differences(pilot: Pilot[int]) -> list[str]:
    """What the line of keys names and the help or the palette does not, or by another key."""
    screen, app = pilot.app.screen, pilot.app
    active = screen.active_bindings
    shown_as = {key: app.get_key_display(entry.binding) for key, entry in active.items()}
    helped = {what: keys.split(" ") for keys, what in key_table(active.values(), shown_as)}
    offered = {each.title for each in PaletteProvider(screen)._commands()}
    found = []
    for entry in active.values():
        binding = entry.binding
        if not (binding.show and entry.enabled and binding.id) or binding.id == "app.commands":
            continue
        key = app.get_key_display(binding)
        if key not in helped.get(COMMANDS[binding.id].what, []):
            found.append(f"{binding.id}: the help has no {key}")
        if not any(title.startswith(f"{binding.description}  (") for title in offered):
            found.append(f"{binding.id}: the palette has no {binding.description}")
        wanted = OTHER_KEYS.get(binding.id)
        if wanted is not None and wanted != binding.key:
            found.append(f"{binding.id}: {binding.key} instead of {wanted}")
    return found


async def test_in_every_pane_and_every_dialog() -> None:
    app = application(obedient())
    app.set_keymap(OTHER_KEYS)
    async with running(app) as pilot:
        found = {}
        for step in PANES:
            await reach(pilot, step)
            found[step.value] = differences(pilot)
        for made, make in DIALOGS.items():
            await pilot.app.push_screen(make(""))
            await pilot.pause()
            found[made.__name__] = differences(pilot)
            await pilot.app.pop_screen()
        assert {place: each for place, each in found.items() if each} == {}
