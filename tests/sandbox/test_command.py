from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
import yaml

from jetscale_tui.cluster.connect import connect
from jetscale_tui.cluster.kubeconfig import load
from jetscale_tui.domain.kinds import POD, SERVICE
from jetscale_tui.errors import PermissionDenied
from tests.sandbox.process import command, lines
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_its_addresses_and_runs_until_it_is_told_to_stop(
    tmp_path: Path, number: signal.Signals
) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    with command("--write-kubeconfig", str(kubeconfig), "--speed", "30") as process:
        addresses = lines(process.stdout, 2)
        assert addresses["kubernetes"].startswith("https://127.0.0.1:")
        assert addresses["google"].startswith("127.0.0.1:")
        cluster = yaml.safe_load(kubeconfig.read_text())["clusters"][0]["cluster"]
        assert cluster["server"] == addresses["kubernetes"]
        assert cluster["extensions"][0]["extension"]["speed"] == 30
        process.send_signal(number)
        assert process.wait(timeout=PATIENCE) == 0


def test_a_speed_it_cannot_keep_is_refused() -> None:
    with command("--speed", "1000") as process:
        _, told = process.communicate(timeout=PATIENCE)
        assert process.returncode == 2
    assert "0<x<=60" in told


def test_a_third_person_may_do_what_a_file_lists(tmp_path: Path) -> None:
    rights, kubeconfig = tmp_path / "rights.yaml", tmp_path / "kubeconfig"
    rights.write_text("kubernetes: [{verbs: [list], resources: [pods]}]\n")
    arguments = ("--restrict", str(rights), "--write-kubeconfig", str(kubeconfig))
    with command(*arguments) as process:
        lines(process.stdout, 3)
        contexts = list(load(kubeconfig).contexts)
        assert contexts == ["sandbox", "sandbox-viewer", "sandbox-restricted"]
        cluster = connect(kubeconfig, "sandbox-restricted")
        assert list(cluster.list(POD, "default"))
        with pytest.raises(PermissionDenied):
            cluster.list(SERVICE, "default")


def test_rights_that_cannot_be_read_are_refused_before_anything_starts(tmp_path: Path) -> None:
    rights = tmp_path / "rights.yaml"
    rights.write_text("kubernetes:\n  - verbs: [see]\n    resources: [pods]\n")
    with command("--restrict", str(rights)) as process:
        printed, told = process.communicate(timeout=PATIENCE)
        assert (process.returncode, printed) == (2, "")
    assert "kubernetes[0].verbs[0] (line 2): is 'see', must be one of" in told
