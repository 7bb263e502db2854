"""YAML as plain JSON-like data with line numbers; nothing that could surprise.

No tags, no anchors, no duplicate keys, no dates, one document, 256 KiB at most. What remains is
what JSON can say, so it can be validated strictly.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

from jetscale_tui.errors import ConfigError

MAX_BYTES = 256 * 1024
MAX_DEPTH = 40

Path = tuple[str | int, ...]
"""Keys and indices from the root."""

_SCALARS = {
    "tag:yaml.org,2002:null",
    "tag:yaml.org,2002:bool",
    "tag:yaml.org,2002:int",
    "tag:yaml.org,2002:float",
    "tag:yaml.org,2002:str",
}


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed document and where its parts stand."""

    data: Any
    lines: dict[Path, int] = field(default_factory=dict)
    """Line (from 1) of each key or item."""


def parse(content: bytes, name: str) -> Source:
    """Parse one YAML document.

    Raises:
        ConfigError: not readable as the plain subset; `name` is used in the message.
    """
    text = _text(content, name)
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if node is None:
            raise ConfigError(
                f"{name} is empty.", fix="`jetscale config init` prints a commented file."
            )
        lines: dict[Path, int] = {}
        return Source(_Reader(loader, name, lines).value(node, ()), lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise ConfigError(
            f"{name} is not valid YAML{where}.", why=error.problem or error.context or ""
        ) from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{name} is not valid YAML.", why=str(error)) from error
    except RecursionError as error:
        raise ConfigError(f"{name} is nested too deeply.") from error


def _text(content: bytes, name: str) -> str:
    if len(content) > MAX_BYTES:
        raise ConfigError(
            f"{name} has {len(content)} bytes; a setup has at most {MAX_BYTES}.",
            fix="Check that this is the file you meant.",
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{name} is not a text file.", why="It is not UTF-8.", fix="Check the path."
        ) from error
    if "\0" in text:
        raise ConfigError(f"{name} is not a text file.", fix="Check the path.")
    return text


class _Reader:
    """Turns a node tree into plain data, refusing what the plain subset leaves out."""

    def __init__(self, loader: yaml.SafeLoader, name: str, lines: dict[Path, int]) -> None:
        self._loader = loader
        self._name = name
        self._lines = lines
        self._seen: set[int] = set()

    def value(self, node: yaml.Node, path: Path) -> Any:
        if id(node) in self._seen:
            raise self._refusal(node, "uses an alias", "Write the value out in both places.")
        self._seen.add(id(node))
        if len(path) > MAX_DEPTH:
            raise self._refusal(node, "is nested too deeply", "")
        match node:
            case yaml.MappingNode():
                self._expect(node, "tag:yaml.org,2002:map")
                return self._mapping(node, path)
            case yaml.SequenceNode():
                self._expect(node, "tag:yaml.org,2002:seq")
                return [self._placed(item, (*path, index)) for index, item in enumerate(node.value)]
            case _:
                return self._scalar(node)

    def _placed(self, node: yaml.Node, path: Path) -> Any:
        self._lines[path] = node.start_mark.line + 1
        return self.value(node, path)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value
            if not isinstance(key_node, yaml.ScalarNode) or key == "<<":
                raise self._refusal(key_node, "has a key that is no plain word", "")
            if key in result:
                raise self._refusal(key_node, f"has the key {key!r} twice", "Keep one of them.")
            self._lines[(*path, key)] = key_node.start_mark.line + 1
            result[key] = self.value(value_node, (*path, key))
        return result

    def _scalar(self, node: yaml.Node) -> Any:
        if node.tag == "tag:yaml.org,2002:timestamp":
            return node.value
        if node.tag not in _SCALARS:
            raise self._refusal(node, f"uses the tag {node.tag!r}", "Write a plain value.")
        try:
            return self._loader.construct_object(node)
        except ValueError as error:
            raise self._refusal(node, f"has an unreadable value {node.value!r}", "") from error

    def _expect(self, node: yaml.Node, tag: str) -> None:
        if node.tag != tag:
            raise self._refusal(node, f"uses the tag {node.tag!r}", "Write a plain value.")

    def _refusal(self, node: yaml.Node, what: str, fix: str) -> ConfigError:
        return ConfigError(f"{self._name}, line {node.start_mark.line + 1}: {what}.", fix=fix)
