"""Finds commands among the active bindings and the application's own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from textual.command import DiscoveryHit, Hit, Hits, Provider

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(frozen=True, slots=True)
class Command:
    """One entry of the palette."""

    title: str
    help: str
    run: Callable[[], object]


class PaletteProvider(Provider):
    """Reads the list anew each time; it is short."""

    def _commands(self) -> Iterator[Command]:
        app = self.app
        seen = set()
        for active in self.screen.active_bindings.values():
            binding = active.binding
            named = binding.id and (binding.show or binding.id == "app.quit")
            if not named or binding.system or not active.enabled or binding.id in seen:
                continue
            seen.add(binding.id)
            yield Command(
                f"{binding.description}  ({app.get_key_display(binding)})",
                binding.tooltip,
                partial(app.run_action, binding.action, active.node),
            )
        yield Command("Theme", "Choose the colours", app.action_change_theme)
        yield Command(
            "Screenshot",
            "Save an SVG picture of this screen",
            lambda: app.set_timer(0.1, app.deliver_screenshot),
        )

    async def discover(self) -> Hits:
        """Everything, before a letter is typed."""
        for command in self._commands():
            yield DiscoveryHit(command.title, command.run, help=command.help)

    async def search(self, query: str) -> Hits:
        """What matches."""
        matcher = self.matcher(query)
        for command in self._commands():
            score = matcher.match(command.title)
            if score > 0:
                yield Hit(score, matcher.highlight(command.title), command.run, help=command.help)
