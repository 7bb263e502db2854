from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest
import yaml

from jetscale_tui.cli.main import main
from jetscale_tui.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

SETUP = """\
google: {project: my-project, location: us-central1, cluster: tpu-cluster}
adapter: {kind: prometheus}
"""


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JETSCALE_HOME", str(tmp_path / "home"))


@pytest.fixture
def setup_file(tmp_path: Path) -> Path:
    path = tmp_path / "jetscale.yaml"
    path.write_text(SETUP)
    return path


def export(setup_file: Path, *words: str) -> int:
    return main(["export", "-f", str(setup_file), *words])


def test_manifests_go_to_stdout_and_nothing_else_does(
    setup_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(setup_file) == ExitCode.DONE
    printed = capsys.readouterr()
    assert len(list(yaml.safe_load_all(printed.out))) == 17
    assert printed.err == ""


def test_a_dash_is_stdout(setup_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert export(setup_file, "--format", "script", "-o", "-") == ExitCode.DONE
    assert capsys.readouterr().out.startswith("#!/bin/sh\n")


def test_a_file_is_readable_by_everybody_whatever_the_umask(
    setup_file: Path, tmp_path: Path
) -> None:
    before = os.umask(0o077)
    try:
        assert export(setup_file, "-o", str(tmp_path / "out.yaml")) == ExitCode.DONE
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out.yaml").stat().st_mode) == 0o644


def test_a_directory_gets_the_format_s_usual_name(setup_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    assert export(setup_file, "--format", "terraform", "-o", str(folder)) == ExitCode.DONE
    assert [path.name for path in folder.iterdir()] == ["main.tf"]


def test_kustomize_makes_its_directory(
    setup_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "deep" / "base"
    assert export(setup_file, "--format", "kustomize", "-o", str(folder)) == ExitCode.DONE
    assert (folder / "kustomization.yaml").exists()
    printed = capsys.readouterr()
    assert printed.out == ""
    assert f"Wrote {folder / 'hpa.yaml'}.\n" in printed.err


def test_kustomize_does_not_fit_on_stdout(
    setup_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(setup_file, "--format", "kustomize") == ExitCode.USAGE
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Give a directory with -o DIRECTORY." in printed.err


def test_nothing_is_replaced_unasked_and_nothing_half_written(
    setup_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "base"
    folder.mkdir()
    (folder / "hpa.yaml").write_text("mine")
    words = ("--format", "kustomize", "-o", str(folder))
    assert export(setup_file, *words) == ExitCode.USAGE
    assert "hpa.yaml exists already." in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["hpa.yaml"]
    assert (folder / "hpa.yaml").read_text() == "mine"
    assert export(setup_file, *words, "--force") == ExitCode.DONE
    assert (folder / "hpa.yaml").read_text() != "mine"
    assert len(list(folder.iterdir())) == 5


def test_a_directory_that_cannot_be_made_is_said(
    setup_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--format", "kustomize", "-o", str(setup_file / "base"))
    assert export(setup_file, *words) == ExitCode.USAGE
    assert "cannot be made." in capsys.readouterr().err


def test_the_project_s_number_spares_the_look_up(
    setup_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(setup_file, "--format", "script") == ExitCode.DONE
    assert "gcloud projects describe" in capsys.readouterr().out
    assert export(setup_file, "--format", "script", "--project-number", "42") == ExitCode.DONE
    printed = capsys.readouterr().out
    assert "gcloud projects describe" not in printed
    assert "PROJECT_NUMBER=42\n" in printed


@pytest.mark.parametrize("number", ["my-project", "", "4²", "-1"])
def test_a_number_that_is_none_is_refused(
    setup_file: Path, number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(setup_file, f"--project-number={number}") == ExitCode.USAGE
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "is not a number" in printed.err


def test_a_number_without_a_project_is_refused(
    setup_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    setup_file.write_text("google: {location: us-central1, cluster: tpu-cluster}\n")
    assert export(setup_file, "--project-number=42") == ExitCode.USAGE
    assert "names no project" in capsys.readouterr().err


def test_the_project_option_wins_over_the_document(
    setup_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(setup_file, "--project", "other-project") == ExitCode.DONE
    assert "--query.project-id=other-project" in capsys.readouterr().out


def test_a_broken_setup_leaves_stdout_empty(
    setup_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    setup_file.write_text("adapter: {kind: prometeus}\n")
    assert export(setup_file) == ExitCode.USAGE
    assert capsys.readouterr().out == ""
