"""The person's own keys: a YAML file of command ids, checked against the one list of commands.

The text of a file with everything in it needs no Textual; reading one does, for its key names.
"""

from __future__ import annotations

import difflib
from itertools import combinations
from typing import TYPE_CHECKING

from jetscale_tui.errors import ConfigError
from jetscale_tui.tui.commands import COMMANDS, PLACES, around

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_HEADER = """\
# Keys of JetScale's screens, all at their defaults. To change some, save this as
#   {path}
# and take the "#" away from their lines. Several keys: [f, ctrl+f]. Letters and signs are
# written as they are, in quotes where YAML needs it: "?"; others by name: enter, escape, space,
# tab, up, pagedown, f1, ctrl+b, shift+up. The line of keys, the help and the palette follow.
"""
_FIX = "`jetscale config keys` prints every command and its keys."
_SAME_TO_A_TERMINAL = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+j": "enter", "ctrl+h": "backspace"}


def template(path: Path) -> str:
    """A file with every command, its keys and what it does, all commented out.

    Args:
        path: where it would be read from.
    """
    lines = [_HEADER.format(path=path)]
    for place, about in PLACES.items():
        lines.append(f"# {about.title}")
        for command in COMMANDS.values():
            if command.place == place:
                keys = command.keys.split(",")
                written = keys[0] if len(keys) == 1 else f"[{', '.join(keys)}]"
                lines.append(f"# {f'{command.id}: {written}':<46} # {command.what}")
        lines.append("")
    return "\n".join(lines)


def load(path: Path) -> dict[str, str]:
    """The keys a file gives commands, by id, as Textual's keymap wants them; {} without a file.

    Raises:
        ConfigError: not readable, an unknown id or key, or two commands of one place on one key.
    """
    from jetscale_tui.setupfile import yaml_source

    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"{path} cannot be read.", why=error.strerror or "") from error
    if not any(line.split(b"#")[0].strip() for line in content.splitlines()):
        return {}
    source = yaml_source.parse(content, path.name)
    if not isinstance(source.data, dict):
        raise ConfigError(f"{path} is not a mapping of commands to keys.", fix=_FIX)
    keymap = {}
    for name, given in source.data.items():
        line = f"{path}, line {source.lines.get((name,), 1)}"
        keymap[_known(name, line)] = ",".join(_keys(name, given, line))
    _no_clash(keymap, path)
    return keymap


def _known(name: str, line: str) -> str:
    if name in COMMANDS:
        return name
    near = difflib.get_close_matches(name, COMMANDS, n=1)
    fix = f"Did you mean {near[0]}?" if near else _FIX
    raise ConfigError(f"{line}: there is no command {name}.", fix=fix)


def _keys(name: str, given: object, line: str) -> Iterator[str]:
    listed = given if isinstance(given, list) else [given]
    if not listed:
        raise ConfigError(f"{line}: {name} has no key.", fix=_FIX)
    for key in listed:
        if not isinstance(key, str | int) or isinstance(key, bool) or not str(key).strip():
            why = f"It is {key!r}; in YAML some words need quotes."
            raise ConfigError(f"{line}: {name} has something that is no key.", why=why, fix=_FIX)
        yield _named(str(key).strip(), line)


def _named(key: str, line: str) -> str:
    """A key by Textual's name."""
    from textual.keys import KEY_NAME_REPLACEMENTS, Keys, _character_to_key, key_to_character

    name = _character_to_key(key) if len(key) == 1 else key
    plain = name.rpartition("+")[2]
    modifiers = name.split("+")[:-1]
    if name in _SAME_TO_A_TERMINAL:
        same = _SAME_TO_A_TERMINAL[name]
        raise ConfigError(f"{line}: to a terminal {name} is {same}.", fix="Choose another key.")
    if name == "ctrl+c":
        raise ConfigError(f"{line}: ctrl+c copies what is selected.", fix="Choose another key.")
    names = {each.value for each in Keys} | set(KEY_NAME_REPLACEMENTS.values())
    known = name in names or key_to_character(plain) is not None
    if known and set(modifiers) <= {"ctrl", "shift", "alt"}:
        return name
    near = difflib.get_close_matches(name, names, n=1)
    fix = f"Did you mean {near[0]}?" if near else "Names are like enter, escape, f1, ctrl+b."
    raise ConfigError(f"{line}: there is no key {key}.", fix=fix)


def _no_clash(keymap: Mapping[str, str], path: Path) -> None:
    """One key must not mean two things in one place, unless it did by default."""
    now = {
        name: set(keymap.get(name, command.keys).split(",")) for name, command in COMMANDS.items()
    }
    usual = {name: set(command.keys.split(",")) for name, command in COMMANDS.items()}
    for one, other in combinations(COMMANDS.values(), 2):
        together = other.place in around(one.place) or one.place in around(other.place)
        if not together or not {one.id, other.id} & keymap.keys():
            continue
        clash = (now[one.id] & now[other.id]) - (usual[one.id] & usual[other.id])
        if clash:
            raise ConfigError(
                f"{path}: {sorted(clash)[0]} would be both {one.id} and {other.id}.",
                why=f"They are {one.what!r} and {other.what!r}, in one place.",
                fix="Give one of them another key.",
            )
