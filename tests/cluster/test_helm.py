"""How helm is run, with a stand-in that tells what it was given."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.cluster.helm import HelmProcess
from jetscale_tui.domain.kinds import Ref
from jetscale_tui.domain.release import Revision
from jetscale_tui.errors import Interrupted, NotFound, StepFailed
from jetscale_tui.manifests.prometheus_adapter import helm_release
from tests.unit.manifests.variants import PROFILE, setup_of

if TYPE_CHECKING:
    from pathlib import Path

RELEASE = helm_release(setup_of("prometheus", install="helm"), PROFILE)
HISTORY = """[{"revision": 1, "status": "superseded", "chart": "c-1", "updated": "then"},
 {"revision": 2, "status": "deployed", "chart": "c-2"}]"""
CHART = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: ours}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: everywhere}
---
apiVersion: example.com/v1
kind: Unheard
metadata: {name: of}
---
"""


class StandIn:
    """A `helm` on the PATH that does what a test says, in the shell."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "bin" / "helm"
        self.path.parent.mkdir()

    def does(self, body: str) -> None:
        self.path.write_text(f'#!/bin/sh\ncd "{self.folder}"\n{body}\n')
        self.path.chmod(0o755)

    def told(self, name: str) -> str:
        return (self.folder / name).read_text()


@pytest.fixture
def helm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    stand_in = StandIn(tmp_path)
    monkeypatch.setenv("PATH", f"{stand_in.path.parent}{os.pathsep}{os.environ['PATH']}")
    return stand_in


@pytest.fixture
def process(tmp_path: Path) -> HelmProcess:
    return HelmProcess(tmp_path / "kubeconfig", "my ctx")


def install(process: HelmProcess, *, stop: bool = False) -> list[float]:
    assert RELEASE is not None
    return list(process.upgrade(RELEASE, lambda: stop))


def test_it_is_aimed_at_the_context_and_given_the_pinned_chart(
    helm: StandIn, process: HelmProcess
) -> None:
    helm.does('printf "%s\\n" "$@" >words; echo "$KUBECONFIG" >kubeconfig-used')
    install(process)
    words = helm.told("words").splitlines()
    assert words[:4] == ["upgrade", "--install", "jetscale", "prometheus-adapter"]
    assert {"--version=5.3.0", "--namespace=default", "--wait", "--timeout=10m"} <= set(words)
    assert "--repo=https://prometheus-community.github.io/helm-charts" in words
    assert words[-1] == "--kube-context=my ctx"
    assert helm.told("kubeconfig-used").strip() == str(helm.folder / "kubeconfig")


@pytest.mark.parametrize(("chart", "versioned"), [("/charts/a.tgz", False), ("oci://x/y", True)])
def test_another_chart_can_be_given(helm: StandIn, chart: str, versioned: bool) -> None:
    helm.does('printf "%s\\n" "$@" >words')
    install(HelmProcess(None, "ctx", chart=chart))
    words = helm.told("words").splitlines()
    assert words[3] == chart
    assert ("--version=5.3.0" in words) is versioned
    assert not any(word.startswith("--repo") for word in words)


def test_values_are_in_a_private_file_that_goes_away_and_nothing_is_typed(
    helm: StandIn, process: HelmProcess
) -> None:
    helm.does(
        'for word in "$@"; do case $word in --values=*) file=${word#--values=};; esac; done\n'
        'stat -c %a "$file" >mode; cp "$file" given; echo "$file" >path\n'
        "if read -r line; then echo typed; fi >typed"
    )
    install(process)
    assert helm.told("mode").strip() == "600"
    assert "listenPort: 10250" in helm.told("given")
    assert helm.told("typed") == ""
    assert not os.path.exists(helm.told("path").strip())


def test_seconds_are_told_while_it_is_at_work(helm: StandIn, process: HelmProcess) -> None:
    helm.does("sleep 1.5")
    (second,) = install(process)
    assert 1 <= second < 1.5


def test_told_to_stop_it_is_interrupted_once_and_waited_for(
    helm: StandIn, process: HelmProcess
) -> None:
    helm.does(
        "trap 'echo interrupted >>signals; exit 1' INT\n"
        "n=0; while [ $n -lt 200 ]; do sleep 0.05; n=$((n + 1)); done"
    )
    with pytest.raises(Interrupted, match="interrupted in upgrade"):
        install(process, stop=True)
    assert helm.told("signals") == "interrupted\n"


def test_nobody_listening_any_more_it_is_interrupted_too(
    helm: StandIn, process: HelmProcess
) -> None:
    helm.does(
        "trap 'echo interrupted >>signals; exit 1' INT\n"
        "n=0; while [ $n -lt 200 ]; do sleep 0.05; n=$((n + 1)); done"
    )
    assert RELEASE is not None
    listening = iter(process.upgrade(RELEASE, lambda: False))
    next(listening)
    listening.close()  # type: ignore[attr-defined]
    assert helm.told("signals") == "interrupted\n"


def test_failure_is_told_in_its_own_words(helm: StandIn, process: HelmProcess) -> None:
    helm.does(
        "echo 'level=WARN msg=noise' >&2; echo 'Error: context deadline exceeded' >&2; exit 1"
    )
    with pytest.raises(StepFailed) as failed:
        install(process)
    assert failed.value.what == "helm upgrade failed."
    assert failed.value.why == "context deadline exceeded"
    helm.does("echo 'no such flag' >&2; exit 1")
    with pytest.raises(StepFailed) as failed:
        list(process.uninstall("jetscale", "default", lambda: False))
    assert failed.value.why == "no such flag"


def test_the_history_is_read(helm: StandIn, process: HelmProcess) -> None:
    helm.does(f"cat <<'END'\n{HISTORY}\nEND")
    assert process.history("jetscale", "default") == (
        Revision(1, "superseded", "c-1", "then"),
        Revision(2, "deployed", "c-2"),
    )


def test_no_release_is_an_empty_history_and_any_other_failure_is_one(
    helm: StandIn, process: HelmProcess
) -> None:
    helm.does("echo 'Error: release: not found' >&2; exit 1")
    assert process.history("jetscale", "default") == ()
    helm.does("echo 'Error: Kubernetes cluster unreachable' >&2; exit 1")
    with pytest.raises(StepFailed, match="helm history failed"):
        process.history("jetscale", "default")


def test_no_values_are_none(helm: StandIn, process: HelmProcess) -> None:
    helm.does("echo null")
    assert process.values("jetscale", "default", 1) == {}


def test_a_rollback_names_its_target(helm: StandIn, process: HelmProcess) -> None:
    helm.does('printf "%s " "$@" >words')
    assert list(process.roll_back("jetscale", "default", 3, lambda: False)) == []
    assert helm.told("words").startswith("rollback jetscale 3 --namespace=default --wait ")


def test_what_the_chart_makes_is_placed_where_helm_would_put_it(
    helm: StandIn, process: HelmProcess
) -> None:
    assert RELEASE is not None
    helm.does(f"cat <<'END'\n{CHART}\nEND")
    assert [str(Ref.of(obj)) for obj in process.render(RELEASE)] == [
        "ConfigMap default/ours",
        "ClusterRole everywhere",
    ]


def test_without_helm_it_says_how_to_get_it(
    process: HelmProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotFound) as missing:
        process.history("jetscale", "default")
    assert "helm.sh/docs/intro/install" in missing.value.fix
    assert "adapter.prometheus.install to direct" in missing.value.fix
