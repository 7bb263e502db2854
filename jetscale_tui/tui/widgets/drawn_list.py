"""A list whose lines are drawn anew one by one, at the cost of those lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.widget import Widget
from textual.widgets import OptionList

if TYPE_CHECKING:
    from textual.content import Content
    from textual.css.styles import RulesMap
    from textual.widgets.option_list import Option


class DrawnList(OptionList):
    """An option list that changes all the time.

    Textual's own way to change an option renders every option of the list again, which a key has to
    wait for when it comes while answers pour in.
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, markup=False)

    @property
    def room(self) -> int:
        """Columns for its lines.

        Before it is laid out, what the nearest widget around it that is can spare: drawn for no
        width at all, a list would flash by, wrapped to a narrow column.
        """
        taken = 0
        for node in self.ancestors_with_self:
            if not isinstance(node, Widget):
                break
            if node.size.width:
                return node.size.width - taken
            taken += node.gutter.width + node.styles.margin.width
        return self.app.size.width - taken

    def redraw(self, index: int, prompt: Content) -> None:
        """Draw an option differently; nothing happens when it looks the same."""
        option = self.get_option_at_index(index)
        before = option.prompt
        if prompt.is_same(before):  # type: ignore[arg-type]
            return
        lines = self._line_cache
        height = lines.heights.get(index)
        option._set_prompt(prompt)
        renders = self._option_render_cache
        for key in [key for key in renders.keys() if key[0] is option]:  # noqa: SIM118 - not a dict
            renders.discard(key)
        if height is not None and height == self._height_of(option):
            self.refresh_lines(lines.index_to_line[index], height)
        else:
            lines.clear()
            self.refresh()

    def _height_of(self, option: Option) -> int:
        padding = self.get_component_styles("option-list--option").padding
        width = self.scrollable_content_region.width - padding.width
        return self._get_visual(option).get_height(cast("RulesMap", self.styles), width)
