from __future__ import annotations

import pytest

from tests.unit.manifests.golden import FOLDER, golden_files

FILES = golden_files()


@pytest.mark.parametrize("name", FILES)
def test_a_variant_is_written_as_its_golden_file_says(name: str) -> None:
    assert FILES[name] == (FOLDER / name).read_text(encoding="utf-8")


def test_every_golden_file_belongs_to_a_variant() -> None:
    assert {path.name for path in FOLDER.glob("*.yaml")} == set(FILES)
