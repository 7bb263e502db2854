from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.spec import Setup
from jetscale_tui.errors import ConfigError, ExitCode
from jetscale_tui.setupfile.load import SetupProblems, load_setup
from jetscale_tui.setupfile.profiles import load_profile, shipped
from jetscale_tui.setupfile.save import dump_setup, write_new
from jetscale_tui.setupfile.template import setup_for, template

if TYPE_CHECKING:
    from pathlib import Path

MINIMAL = "google: {project: my-project, location: us-central1, cluster: tpu-cluster}\n"


def load(folder: Path, text: str | bytes) -> Setup:
    path = folder / "setup.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_setup(path)


def refusal(folder: Path, text: str | bytes) -> str:
    with pytest.raises(ConfigError) as caught:
        load(folder, text)
    assert caught.value.exit_code == ExitCode.USAGE
    return str(caught.value)


def test_a_minimal_file_names_project_location_and_cluster(tmp_path: Path) -> None:
    setup = load(tmp_path, MINIMAL)
    assert setup.google.cluster == "tpu-cluster"
    assert setup.scaling == Setup().scaling


@pytest.mark.parametrize("profile", shipped())
def test_the_template_of_every_profile_is_a_valid_setup(tmp_path: Path, profile: str) -> None:
    setup = load(tmp_path, template(load_profile(profile)))
    assert setup == setup_for(load_profile(profile))
    assert setup.workload.profile == profile


def test_the_first_profile_suggests_the_defaults_of_the_document() -> None:
    assert setup_for(load_profile("jetstream-maxtext")) == Setup()


def test_what_is_saved_loads_as_the_same_setup(tmp_path: Path) -> None:
    setup = load(tmp_path, MINIMAL + "scaling: {maxReplicas: 5}\n")
    assert load(tmp_path, dump_setup(setup)) == setup


def test_a_percentage_of_a_ratio_is_stored_as_the_ratio(tmp_path: Path) -> None:
    setup = load(
        tmp_path, "scaling: {metrics: [{name: jetstream_slots_used_percentage, target: 90%}]}"
    )
    assert setup.scaling.metrics[0].target == "900m"


def test_a_number_is_accepted_as_a_target(tmp_path: Path) -> None:
    setup = load(
        tmp_path, "scaling: {metrics: [{name: jetstream_prefill_backlog_size, target: 5}]}"
    )
    assert setup.scaling.metrics[0].target == "5"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("google: {projet: x}", ["google.projet", "line 1", "Did you mean project?"]),
        ("gogle: {}", ["gogle", "not a known field", "Did you mean google?"]),
        ("zzz: 1", ["zzz", "Known here: apiVersion"]),
        ("workload: {httpPort: '8000'}", ["workload.httpPort", "must be a whole number"]),
        ("workload: {httpPort: 0}", ["workload.httpPort", "must be at least 1"]),
        ("workload: {httpPort: 70000}", ["workload.httpPort", "must be at most 65535"]),
        ("workload: {httpPort: true}", ["must be a whole number"]),
        ("workload: []", ["workload", "must be a mapping"]),
        ("workload: {selector: {app: on}}", ["workload.selector.app", "put it in quotes"]),
        ("workload: {selector: {}}", ["workload.selector", "is empty"]),
        ("adapter: {kind: stackdrver}", ["adapter.kind", "Did you mean stackdriver?"]),
        ("apiVersion: jetscale/v2", ["apiVersion", "jetscale/v1"]),
        ("scaling: {metrics: [{target: 1}]}", ["scaling.metrics[0].name", "is missing"]),
        ("scaling: {metrics: [{name: x, target: [1]}]}", ["scaling.metrics[0].target", "a list"]),
        ("scaling: {metrics: {}}", ["scaling.metrics", "must be a list"]),
        ("workload: {profile: jetstream}", ["no profile 'jetstream'", "jetstream-maxtext"]),
        ("workload: {profile: ./mine.yaml}", ["mine.yaml", "does not exist"]),
    ],
)
def test_a_wrong_field_is_named_with_its_path_and_the_way_out(
    tmp_path: Path, text: str, parts: list[str]
) -> None:
    message = refusal(tmp_path, text)
    for part in parts:
        assert part in message


def test_every_problem_of_a_file_is_reported_at_once(tmp_path: Path) -> None:
    path = tmp_path / "setup.yaml"
    path.write_text("scaling: {minReplicas: 3, name: Bad_Name, metrics: []}")
    with pytest.raises(SetupProblems) as caught:
        load_setup(path)
    assert [problem.path for problem in caught.value.problems] == [
        "scaling.name",
        "scaling.minReplicas",
        "scaling.metrics",
    ]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "is empty"),
        ("# only a comment\n", "is empty"),
        ("- a\n- b\n", "not a mapping"),
        ("just text", "not a mapping"),
        ("a: [", "not valid YAML (line 1"),
        ("a: 1\n---\nb: 2\n", "not valid YAML (line 2"),
        ("google: {project: a, project: b}", "the key 'project' twice"),
        ("a: &x {b: 1}\nc: *x\n", "uses an alias"),
        ("<<: {a: 1}\n", "a key that is no plain word"),
        ("? [a]\n: 1\n", "a key that is no plain word"),
        ("a: !!python/object/apply:os.system ['true']", "uses the tag"),
        ("a: !custom {b: 1}", "uses the tag"),
        ("a: !!binary aGVsbG8=", "uses the tag"),
        ("a: !!int x", "unreadable value"),
        ("a: \x07", "not valid YAML"),
        (b"\xff\xfe\x00a", "not a text file"),
        (b"a: \0", "not a text file"),
        pytest.param(b"#" * 300_000, "at most", id="300 kB"),
        pytest.param("[" * 3000, "nested too deeply", id="3000 brackets"),
        pytest.param("a: " + "[" * 60 + "]" * 60, "nested too deeply", id="60 lists"),
        ("a: 2026-01-01", "not a known field"),
    ],
)
def test_a_file_that_is_no_plain_document_is_refused(
    tmp_path: Path, text: str | bytes, part: str
) -> None:
    assert part in refusal(tmp_path, text)


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="config init"):
        load_setup(tmp_path / "none.yaml")


def test_a_folder_is_not_a_setup(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a folder"):
        load_setup(tmp_path)


def test_a_profile_path_is_taken_from_the_folder_of_the_setup(tmp_path: Path) -> None:
    text = template(load_profile("jetstream-maxtext"))
    (tmp_path / "mine.yaml").write_text(
        "name: mine\ntitle: Mine\ncontainer: c\ndeployment: d\nselector: {app: d}\n"
        "metricsArgument: --port={port}\n"
        "metrics: [{name: jetstream_prefill_backlog_size, title: Queue, why: first}]\n"
    )
    mine = text.replace("profile: jetstream-maxtext", "profile: ./mine.yaml")
    assert load(tmp_path, mine).workload.profile == "./mine.yaml"


def test_writing_never_replaces_a_file_unasked(tmp_path: Path) -> None:
    path = tmp_path / "out.yaml"
    write_new(path, "first\n")
    with pytest.raises(ConfigError, match="exists already"):
        write_new(path, "second\n")
    assert path.read_text() == "first\n"
    write_new(path, "second\n", force=True)
    assert path.read_text() == "second\n"
    assert path.stat().st_mode & 0o777 == 0o644
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.yaml"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be written"):
        write_new(tmp_path / "missing" / "out.yaml", "text")
