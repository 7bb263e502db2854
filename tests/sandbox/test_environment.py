"""A whole sandbox from outside: over HTTPS, as a client of the real one."""

from __future__ import annotations

import base64
import json
import ssl
import stat
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import yaml

from jetscale_tui.errors import ConfigError
from jetscale_tui.sandbox.blueprint import Blueprint
from jetscale_tui.sandbox.environment import Sandbox
from tests.waiting import PATIENCE, eventually

if TYPE_CHECKING:
    from pathlib import Path


def get(
    sandbox: Sandbox, path: str, body: Any = None, *, token: str | None = None
) -> tuple[int, Any]:
    request = Request(
        sandbox.kube_url + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {token or sandbox.token}",
            "Content-Type": "application/json",
        },
    )
    trust = ssl.create_default_context(cadata=sandbox.ca_pem)
    try:
        with urlopen(request, context=trust, timeout=PATIENCE) as answer:
            return answer.status, json.loads(answer.read())
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


PODS = "/api/v1/namespaces/default/pods"
GENERATE = "/api/v1/namespaces/default/services/jetstream-svc:8000/proxy/generate"


def test_the_workload_runs_from_the_start(sandbox: Sandbox) -> None:
    status, answer = get(sandbox, f"{PODS}?labelSelector=app%3Dmaxengine-server")
    assert status == 200
    (pod,) = answer["items"]
    assert pod["status"]["phase"] == "Running"


def test_a_request_takes_as_long_as_its_tokens(sandbox: Sandbox) -> None:
    began = sandbox.clock.monotonic()
    status, answer = get(sandbox, GENERATE, {"prompt": "x", "max_tokens": 100})
    assert status == 200
    assert len(answer["response"].split()) == 100
    taken = sandbox.clock.monotonic() - began
    assert taken >= 100 * sandbox.blueprint.workload.decode_seconds_per_token


def test_a_burst_queues_and_every_request_is_answered(sandbox: Sandbox) -> None:
    def generate(_: int) -> int:
        return get(sandbox, GENERATE, {"prompt": "x", "max_tokens": 40})[0]

    (pod,) = get(sandbox, f"{PODS}?labelSelector=app%3Dmaxengine-server")[1]["items"]
    with ThreadPoolExecutor(60) as pool:
        # While time stands still all of them arrive, however slow the machine is.
        with sandbox.clock.stopped():
            answers = pool.map(generate, range(60))
            eventually(
                lambda: (model := sandbox.world.jetstream.model(pod)) and model.backlog == 60
            )
        assert set(answers) == {200}


@pytest.mark.parametrize(
    ("body", "field"),
    [({"prompt": 7}, "prompt"), ({"max_tokens": "many"}, "max_tokens"), ([1], "body")],
)
def test_a_request_of_the_wrong_type_is_refused_with_the_field(
    sandbox: Sandbox, body: Any, field: str
) -> None:
    status, answer = get(sandbox, GENERATE, body)
    assert status == 422
    assert json.loads(answer)["detail"][0]["loc"][-1] == field


def test_the_metrics_page_answers_on_any_path_of_its_port_and_nowhere_else(
    sandbox: Sandbox,
) -> None:
    (pod,) = get(sandbox, f"{PODS}?labelSelector=app%3Dmaxengine-server")[1]["items"]
    name = pod["metadata"]["name"]
    for path in ("", "metrics"):
        url = f"{sandbox.kube_url}{PODS}/{name}:9100/proxy/{path}"
        request = Request(url, headers={"Authorization": f"Bearer {sandbox.token}"})
        trust = ssl.create_default_context(cadata=sandbox.ca_pem)
        with urlopen(request, context=trust, timeout=PATIENCE) as answer:
            assert f'jetstream_prefill_backlog_size{{id="{name}"}}' in answer.read().decode()
    status, refusal = get(sandbox, f"{PODS}/{name}:9101/proxy/metrics")
    assert status == 503
    assert "connect: connection refused" in refusal


def test_a_viewer_may_look_at_nothing(sandbox: Sandbox) -> None:
    assert get(sandbox, PODS, token=sandbox.viewer_token)[0] == 403
    assert get(sandbox, PODS, token="nobody")[0] == 401


def test_the_kubeconfig_is_private_and_leads_to_both_sides(sandbox: Sandbox) -> None:
    assert stat.S_IMODE(sandbox.kubeconfig.stat().st_mode) == 0o600
    content = yaml.safe_load(sandbox.kubeconfig.read_text())
    assert content["current-context"] == "sandbox"
    assert [each["name"] for each in content["contexts"]] == ["sandbox", "sandbox-viewer"]
    cluster = content["clusters"][0]["cluster"]
    assert cluster["server"] == sandbox.kube_url
    assert base64.b64decode(cluster["certificate-authority-data"]).decode() == sandbox.ca_pem
    (extension,) = cluster["extensions"]
    assert extension["extension"]["google"] == sandbox.google_address
    assert extension["extension"]["speed"] == sandbox.blueprint.speed


def test_a_kubeconfig_of_something_else_is_left_alone(sandbox: Sandbox, tmp_path: Path) -> None:
    theirs = tmp_path / "config"
    theirs.write_text("apiVersion: v1\nkind: Config\n")
    with pytest.raises(ConfigError, match="not written by a sandbox"):
        sandbox.write_kubeconfig(theirs)
    assert "Config" in theirs.read_text()


def test_the_clock_tells_the_real_time_when_it_starts(tmp_path: Path) -> None:
    began = time.time()
    with Sandbox(tmp_path, Blueprint(speed=1)) as sandbox:
        told = sandbox.clock.now().timestamp()
    assert began - 1 <= told <= time.time() + 1


def test_it_starts_in_a_second_stops_at_once_and_leaves_nothing(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    # Processor time: the machine may have other things to do.
    began = time.process_time()
    sandbox = Sandbox(tmp_path / "own", Blueprint(speed=60))
    sandbox.start()
    started = time.process_time() - began
    with ThreadPoolExecutor(20) as pool:
        held = [pool.submit(get, sandbox, GENERATE, {"max_tokens": 100_000}) for _ in range(20)]
        (pod,) = get(sandbox, f"{PODS}?labelSelector=app%3Dmaxengine-server")[1]["items"]
        eventually(lambda: (model := sandbox.world.jetstream.model(pod)) and model.slots_used > 0.3)
        began = time.monotonic()
        sandbox.stop()
        stopped = time.monotonic() - began
        for each in held:
            # Whatever a client gets to see of the end, it does not hang.
            assert each.exception(timeout=PATIENCE) is not None or each.result()[0] >= 500
    assert started < 1
    assert stopped < PATIENCE
    assert list((tmp_path / "own").iterdir()) == []
    eventually(lambda: set(threading.enumerate()) <= before)
