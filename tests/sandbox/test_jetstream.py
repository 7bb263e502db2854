from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jetscale_tui.sandbox.blueprint import WorkloadBlueprint
from jetscale_tui.sandbox.exposition import Sample, parse
from jetscale_tui.sandbox.jetstream import HBM_BYTES_PER_CHIP, JetStream
from jetscale_tui.setupfile.profiles import load_profile

WORKLOAD = WorkloadBlueprint()


def burst(server: JetStream, requests: int, *, at: float = 0.0, max_tokens: int = 200) -> None:
    for _ in range(requests):
        server.submit(at, max_tokens=max_tokens)


def read(server: JetStream, name: str) -> Sample:
    return next(sample for sample in parse(server.exposition("pod-a")) if sample.name == name)


def test_one_request_takes_its_prefill_and_one_step_a_token() -> None:
    server = JetStream(WORKLOAD, loaded=0.0)
    request = server.submit(100.0, max_tokens=50)
    expected = WORKLOAD.prefill_seconds + 50 * WORKLOAD.decode_seconds_per_token
    due = server.next_completion()
    assert due == pytest.approx(100.0 + expected)
    assert server.advance(100.0 + expected - 0.01) == []
    assert server.advance(100.0 + expected) == [request]
    assert request.latency == pytest.approx(expected)
    assert server.next_completion() is None


def test_a_hundred_requests_on_32_slots_leave_a_backlog_of_68() -> None:
    server = JetStream(WORKLOAD, loaded=0.0)
    burst(server, 100)
    server.advance(15.0)
    assert server.slots_used == 1.0
    assert server.backlog == 68


def test_the_backlog_of_a_burst_lasts_longer_than_two_scrapes_and_an_hpa_period() -> None:
    server = JetStream(WORKLOAD, loaded=0.0)
    burst(server, 100)
    server.advance(45.0)
    assert server.backlog > 10


def test_every_request_is_served_and_later_ones_wait_longer() -> None:
    server = JetStream(WORKLOAD, loaded=0.0)
    burst(server, 100)
    finished = server.advance(600.0)
    assert len(finished) == 100
    assert finished[-1].latency > 2 * finished[0].latency
    assert (server.backlog, server.slots_used) == (0, 0.0)
    assert read(server, "jetstream_request_success_count_total").value == 100


@given(st.lists(st.floats(0.01, 30.0), min_size=1, max_size=40), st.integers(1, 60))
def test_the_end_does_not_depend_on_how_often_one_looks(steps: list[float], count: int) -> None:
    small = replace(WORKLOAD, slots=4)
    watched, alone = JetStream(small, loaded=0.0), JetStream(small, loaded=0.0)
    burst(watched, count, max_tokens=7)
    burst(alone, count, max_tokens=7)
    now = 0.0
    seen = 0
    for step in steps:
        now += step
        seen += len(watched.advance(now))
    assert seen == len(alone.advance(now))
    assert watched.backlog == alone.backlog


def test_the_page_names_the_pod_and_the_engine() -> None:
    server = JetStream(WORKLOAD, loaded=0.0)
    burst(server, 16)
    server.advance(5.0)
    slots = read(server, "jetstream_slots_used_percentage")
    assert dict(slots.labels) == {"id": "pod-a", "idx": "0"}
    assert slots.kind == "gauge"
    assert slots.value == 0.5
    assert dict(read(server, "jetstream_prefill_backlog_size").labels) == {"id": "pod-a"}


def test_the_two_gauges_that_jetstream_binds_once_stay_at_zero_under_load() -> None:
    server = JetStream(WORKLOAD, loaded=0.0)
    burst(server, 100)
    server.advance(15.0)
    assert read(server, "jetstream_transfer_backlog_size").value == 0
    assert read(server, "jetstream_generate_backlog_size").value == 0


def test_a_killed_server_drops_what_it_held() -> None:
    server = JetStream(WORKLOAD, loaded=0.0)
    burst(server, 40)
    server.advance(10.0)
    assert len(server.abandon()) == 40
    assert server.next_completion() is None


def test_memory_hardly_moves_with_load() -> None:
    server = JetStream(WORKLOAD, loaded=0.0)
    idle = server.hbm_bytes
    burst(server, 100)
    server.advance(15.0)
    assert idle < server.hbm_bytes < 1.05 * idle < HBM_BYTES_PER_CHIP


def test_label_values_survive_writing_and_reading() -> None:
    odd = 'a"b\\c\nd,e="f"'
    page = JetStream(WORKLOAD, loaded=0.0).exposition(odd)
    assert all(dict(sample.labels)["id"] == odd for sample in parse(page))
    assert {sample.kind for sample in parse(page)} == {"gauge", "counter", "histogram"}


@pytest.mark.parametrize("name", ["jetstream-maxtext", "jetstream-pytorch"])
def test_the_page_has_every_metric_of_the_servers_profiles(name: str) -> None:
    profile = load_profile(name)
    server = JetStream(WORKLOAD, loaded=0.0)
    burst(server, 2, max_tokens=3)
    server.advance(60.0)
    kinds = {sample.name: sample.kind for sample in parse(server.exposition("pod-a"))}
    for metric in profile.metrics:
        if metric.origin == "server":
            assert kinds[metric.name] == "gauge"
    timing = profile.timing
    assert timing is not None
    for histogram in (timing.request, timing.first_token, timing.output_tokens):
        assert kinds[f"{histogram}_bucket"] == "histogram"


def test_every_histogram_counts_every_request() -> None:
    server = JetStream(WORKLOAD, loaded=0.0)
    burst(server, 40, max_tokens=3)
    server.advance(600.0)
    samples = {sample.name: sample.value for sample in parse(server.exposition("pod-a"))}
    counts = {name: value for name, value in samples.items() if name.endswith("_count")}
    assert len(counts) == 8
    assert set(counts.values()) == {40}
    whole, waited = (
        samples[f"jetstream_{name}_sum"] for name in ("time_per_request", "wait_time_per_request")
    )
    at_work = 40 * (WORKLOAD.prefill_seconds + 3 * WORKLOAD.decode_seconds_per_token)
    assert whole - waited == pytest.approx(at_work)
