from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from jetscale_tui import paths
from jetscale_tui.cli import logs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEabc\n-----END RSA PRIVATE KEY-----"


@pytest.fixture(autouse=True)
def stopped() -> Iterator[None]:
    logs.stop()
    yield
    logs.stop()


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer abc.def-ghi", "abc.def-ghi"),
        ("{'Authorization': 'Bearer abc'}", "'Bearer abc'"),
        ("got ya29.a0Af_B-x from gcloud", "ya29.a0Af_B-x"),
        ("jwt eyJhbGciOi.eyJzdWIi.c2ln here", "eyJhbGciOi"),
        ("token: s3cr3t", "s3cr3t"),
        ('{"access_token": "s3cr3t", "x": 1}', "s3cr3t"),
        ("refresh_token=s3cr3t&x=1", "s3cr3t"),
        ("client-key-data: TFMwdEx", "TFMwdEx"),
        ("password = hunter2", "hunter2"),
        (f"loaded {KEY} from disk", "MIIEabc"),
    ],
)
def test_credentials_are_taken_out(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in logs.redacted(text)
    assert "[redacted]" in logs.redacted(text)


@pytest.mark.parametrize(
    "text",
    [
        "created PodMonitoring default/jetstream-podmonitoring",
        "max_tokens 200, tokens per second 12",
        "3 bearers of bad news",
    ],
)
def test_other_text_is_left_alone(text: str) -> None:
    assert logs.redacted(text) == text


def test_lines_go_to_the_file_with_tracebacks_redacted() -> None:
    logs.start("info")
    log = logging.getLogger("jetscale_tui.somewhere")
    try:
        raise ValueError("token: s3cr3t")
    except ValueError:
        log.exception("it failed with token=s3cr3t")
    log.debug("too quiet")
    logs.stop()
    text = paths.log_file().read_text()
    assert "ValueError" in text
    assert "s3cr3t" not in text
    assert "too quiet" not in text


def test_without_a_place_for_it_there_is_no_log_and_no_noise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    blocked = tmp_path / "a-file"
    blocked.write_text("in the way")
    monkeypatch.setenv("JETSCALE_HOME", str(blocked))
    logs.start("debug")
    logging.getLogger("jetscale_tui").error("nobody hears")
    assert capsys.readouterr().err == ""


def test_a_log_that_cannot_be_opened_costs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    paths.log_file().mkdir()
    logs.start("debug")
    logging.getLogger("jetscale_tui").error("nobody hears")
    assert capsys.readouterr().err == ""


def test_a_full_disk_costs_only_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    paths.log_file().symlink_to("/dev/full")
    logs.start("debug")
    logging.getLogger("jetscale_tui").error("nobody hears")
    logs.stop()
    assert capsys.readouterr().err == ""


def test_starting_twice_writes_once() -> None:
    logs.start("info")
    logs.start("info")
    logging.getLogger("jetscale_tui").error("once")
    logs.stop()
    assert paths.log_file().read_text().count("once") == 1
