"""Setup documents are recognised by what they say of themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.setupfile.nearby import setups_in

if TYPE_CHECKING:
    from pathlib import Path


def test_only_files_that_say_they_are_setups_are_found(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("apiVersion: jetscale/v1\nkind: Setup  # mine\n")
    (tmp_path / "b.yml").write_text('kind: "Setup"\n')
    (tmp_path / "c.yaml").write_text("kind: Deployment\n")
    (tmp_path / "d.txt").write_text("kind: Setup\n")
    (tmp_path / "e.yaml").write_bytes(b"\xff\xfe")
    (tmp_path / "f.yaml").mkdir()
    (tmp_path / "g.yaml").write_text("kind: Setup\n" + "#" * 200_000)
    assert [each.name for each in setups_in(tmp_path)] == ["a.yaml", "b.yml"]


def test_a_directory_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert setups_in(tmp_path / "nowhere") == ()
