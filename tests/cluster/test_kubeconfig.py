"""Kubeconfig files are read as kubectl reads them, and nothing of them leaks."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import yaml

from jetscale_tui.cluster import connect, kubeconfig, sandboxinfo
from jetscale_tui.errors import ConfigError, ExitCode

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "s3cr3t-token"


def document(name: str, **changes: object) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "clusters": [{"name": name, "cluster": {"server": f"https://{name}.example/"}}],
        "users": [{"name": name, "user": {"token": SECRET}}],
        **changes,
    }


def write(path: Path, content: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return path


def test_contexts_are_listed_with_the_current_one_marked(tmp_path: Path) -> None:
    both = document(
        "gke",
        contexts=[
            {"name": "gke", "context": {"cluster": "gke", "user": "ana"}},
            {"name": "dev", "context": {"cluster": "gke", "user": "bo", "namespace": "serving"}},
        ],
    )
    infos = connect.contexts(write(tmp_path / "config", both))
    assert [(info.name, info.user, info.namespace, info.current) for info in infos] == [
        ("gke", "ana", "default", True),
        ("dev", "bo", "serving", False),
    ]
    assert infos[0].server == "https://gke.example"


def test_of_several_files_the_first_to_name_a_thing_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = write(tmp_path / "first", document("gke"))
    changed = [{"name": "gke", "cluster": {"server": "https://other.example"}}]
    second = write(tmp_path / "second", document("gke", clusters=changed))
    third = write(tmp_path / "third", document("dev"))
    paths = [first, tmp_path / "missing", second, third]
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(map(str, paths)))
    config = kubeconfig.load()
    assert config.current == "gke"
    assert list(config.contexts) == ["gke", "dev"]
    assert config.info("gke").server == "https://gke.example"


def test_without_a_setting_the_file_in_the_home_folder_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    write(tmp_path / ".kube" / "config", document("home"))
    assert kubeconfig.load().current == "home"


def test_file_names_are_relative_to_their_kubeconfig(tmp_path: Path) -> None:
    user = {"client-key": "keys/ana.pem", "exec": {"command": "bin/login"}}
    cluster = {"server": "https://gke.example", "certificate-authority": "/etc/ca.pem"}
    config = kubeconfig.load(
        write(
            tmp_path / "config",
            document(
                "gke",
                users=[{"name": "gke", "user": user}],
                clusters=[{"name": "gke", "cluster": cluster}],
            ),
        )
    )
    assert config.users["gke"]["client-key"] == str(tmp_path / "keys/ana.pem")
    assert config.users["gke"]["exec"]["command"] == str(tmp_path / "bin/login")
    assert config.clusters["gke"]["certificate-authority"] == "/etc/ca.pem"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (f"users:\n- token: {SECRET}\n  bad: [", "not valid YAML in line"),
        ("", "empty or no kubeconfig"),
        (f"- {SECRET}", "empty or no kubeconfig"),
        (b"users: \xff\xfe\x00" + SECRET.encode(), "not valid YAML"),
        (f"users: [{SECRET}, {'[' * 200_000}", "not valid YAML"),
        (f"users: {'[' * 200_000}{SECRET}{']' * 200_000}", "not valid YAML"),
    ],
)
def test_a_broken_file_is_named_and_its_contents_are_not(
    tmp_path: Path, content: str | bytes, words: str
) -> None:
    path = tmp_path / "config"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigError) as raised:
        kubeconfig.load(path)
    assert words in str(raised.value)
    assert str(path) in raised.value.what
    assert SECRET not in str(raised.value)
    assert raised.value.exit_code is ExitCode.USAGE


def test_no_kubeconfig_at_all_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No kubeconfig was found") as raised:
        connect.contexts(tmp_path / "missing")
    assert "get-credentials" in raised.value.fix
    assert "jetscale demo" in raised.value.fix


def test_a_context_that_does_not_exist_names_those_that_do(tmp_path: Path) -> None:
    path = write(tmp_path / "config", document("gke"))
    with pytest.raises(ConfigError, match="no context prod") as raised:
        connect.connect(path, "prod")
    assert "gke" in raised.value.fix


def test_no_current_context_asks_to_choose_one(tmp_path: Path) -> None:
    path = write(tmp_path / "config", document("gke", **{"current-context": ""}))
    with pytest.raises(ConfigError, match="No current context"):
        connect.connect(path)


def test_without_any_context_none_is_offered(tmp_path: Path) -> None:
    path = write(tmp_path / "config", document("gke", contexts=None))
    with pytest.raises(ConfigError, match="There are no contexts in") as raised:
        connect.connect(path)
    assert "get-credentials" in raised.value.fix


def test_a_folder_is_no_kubeconfig(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a folder, not a file"):
        connect.connect(tmp_path)


def test_a_context_without_a_cluster_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "config", document("gke", clusters=None))
    with pytest.raises(ConfigError, match="names the cluster gke, which has no address"):
        connect.connect(path)


EXTENSION = {
    "google": "127.0.0.1:4443",
    "project": "sandbox-project",
    "location": "us-central1",
    "cluster": "tpu-cluster",
    "account": "ana@example.com",
    "token": SECRET,
    "speed": 10,
    "started": "2026-11-23T14:00:00Z",
}


def sandbox(tmp_path: Path, extension: object = EXTENSION) -> Path:
    entry = {
        "server": "https://127.0.0.1:4444",
        "certificate-authority-data": "UEVN",
        "extensions": [{"name": sandboxinfo.EXTENSION, "extension": extension}],
    }
    return write(
        tmp_path / "config", document("sandbox", clusters=[{"name": "sandbox", "cluster": entry}])
    )


def test_a_sandbox_is_found_by_its_kubeconfig(tmp_path: Path) -> None:
    info = sandboxinfo.find(sandbox(tmp_path))
    assert info is not None
    assert (info.google, info.project, info.speed) == ("127.0.0.1:4443", "sandbox-project", 10.0)
    assert info.started == datetime(2026, 11, 23, 14, tzinfo=UTC)
    assert info.ca_pem == b"PEM"
    assert SECRET not in repr(info)


@pytest.mark.parametrize("extension", [{}, None, {"speed": "fast"}, {"speed": -1}])
def test_a_misshapen_sandbox_entry_reads_as_an_unhurried_one(
    tmp_path: Path, extension: object
) -> None:
    info = sandboxinfo.find(sandbox(tmp_path, extension))
    assert info is not None
    assert info.speed == 1.0


def test_a_real_cluster_is_no_sandbox(tmp_path: Path) -> None:
    assert sandboxinfo.find(write(tmp_path / "config", document("gke"))) is None
    assert sandboxinfo.find(tmp_path / "missing") is None


@pytest.mark.parametrize(
    "module", ["jetscale_tui.cluster.connect", "jetscale_tui.cluster.sandboxinfo"]
)
def test_listing_contexts_loads_no_kubernetes_client(tmp_path: Path, module: str) -> None:
    path = write(tmp_path / "config", document("gke"))
    script = (
        f"import sys, pathlib, {module}\n"
        "from jetscale_tui.cluster import connect\n"
        f"connect.contexts(pathlib.Path({str(path)!r}))\n"
        f"connect.connect(pathlib.Path({str(path)!r}))\n"
        "print([m for m in ('kubernetes', 'urllib3', 'google', 'textual') if m in sys.modules])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == "[]"
