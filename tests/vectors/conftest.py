"""The directory of recorded vectors: `--hpa-vectors DIR`, else the one that is checked in."""

from __future__ import annotations

from pathlib import Path

import pytest

DEFAULT = Path(__file__).parents[1] / "data" / "hpa"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--hpa-vectors",
        type=Path,
        default=None,
        metavar="DIR",
        help="replay the *.jsonl files of this directory instead of tests/data/hpa",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "vector_file" not in metafunc.fixturenames:
        return
    # When a parent folder is collected, this file is read too late to add its option.
    given: Path | None = metafunc.config.getoption("--hpa-vectors", default=None)
    directory = given or DEFAULT
    files = sorted(path for path in directory.glob("*.jsonl") if path.is_file())
    if not files:
        raise pytest.UsageError(f"--hpa-vectors: no *.jsonl files in {directory}")
    metafunc.parametrize("vector_file", files, ids=[file.name for file in files])
