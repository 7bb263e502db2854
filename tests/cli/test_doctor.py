"""`jetscale doctor`, as a shell sees it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jetscale_tui.errors import ExitCode

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


def test_before_anything_is_set_up_it_says_what_makes_the_autoscaler(operator: Shell) -> None:
    path = operator.setup()
    result = operator.run("doctor", "-f", path)
    assert result.code == ExitCode.FAILED
    assert "✗ Autoscaler" in result.out
    assert f"jetscale apply -f {path}" in result.out
    assert "Broken: Autoscaler" in result.err


def test_json_has_every_link_and_one_word_on_the_whole(operator: Shell) -> None:
    result = operator.run("doctor", "typo", "--json")
    document = json.loads(result.out)
    assert (document["kind"], document["name"], document["healthy"]) == ("Doctor", "typo", False)
    links = document["links"]
    assert [link["health"] for link in links[:3]] == ["fine", "broken", "not reached"]
    assert {"id", "title", "detail", "why", "fix", "command", "failure"} <= links[1].keys()


def test_whoever_may_not_look_is_not_told_that_all_is_well(operator: Shell) -> None:
    result = operator.run("doctor", "--context", "sandbox-viewer")
    assert result.code == ExitCode.DONE
    assert "Healthy" not in result.err
    assert "Nothing broken was seen. Not known: Autoscaler" in result.err
    told = operator.run("doctor", "--context", "sandbox-viewer", "--json")
    document = json.loads(told.out)
    assert not document["healthy"]
    assert "Autoscaler" in document["notSeen"]


def test_without_a_cluster_the_first_link_is_the_broken_one(shell: Shell) -> None:
    kubeconfig = shell.directory / "nowhere"
    kubeconfig.write_text(
        json.dumps(
            {
                "current-context": "x",
                "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
                "clusters": [{"name": "x", "cluster": {"server": "https://127.0.0.1:1"}}],
                "users": [{"name": "x", "user": {"token": "t"}}],
            }
        )
    )
    result = shell.run("doctor", "--kubeconfig", str(kubeconfig))
    assert result.code == ExitCode.FAILED
    assert result.out.startswith("✗ Kubernetes API")
    assert "… Server" in result.out
