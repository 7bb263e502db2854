"""`jetscale forecast`: what the HPA would do under a load, and which settings do better."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jetscale_tui.cli.forecast_options import FactOptions, LoadOptions, duration, forecast_options
from jetscale_tui.cli.options import Options, common_options
from jetscale_tui.errors import ConfigError, ExitCode, JetScaleError, UsageError

if TYPE_CHECKING:
    from jetscale_tui.cli.output import Output
    from jetscale_tui.cli.session import Session
    from jetscale_tui.domain.forecast.advice import Search
    from jetscale_tui.domain.forecast.facts import Facts
    from jetscale_tui.domain.forecast.load import Load
    from jetscale_tui.domain.forecast.result import Forecast
    from jetscale_tui.domain.forecast.simulate import Question
    from jetscale_tui.domain.google import GkeCluster
    from jetscale_tui.domain.spec import Setup

_LONG = 6 * 3600.0
"""Seconds of a load from which on the search takes long enough to say that it goes on."""
_NARROW, _WIDEST = 80, 110
"""Columns of the plot where nobody says how many, and at most."""


@dataclass(frozen=True, slots=True)
class _Form:
    """How the answer is given."""

    kind: str
    """`text`, `json`, `csv` or `svg`."""
    advice: bool
    apply: int | None
    price: float | None
    target: Path | None
    force: bool


@click.command(name="forecast", short_help="what the HPA would do under a load")
@click.option("-f", "--file", "path", metavar="FILE", help="Setup document; else detected.")
@click.option(
    "--hpa", metavar="NAME|FILE", help="Forecast this HPA of the cluster, or of a manifest file."
)
@click.option("--offline", is_flag=True, help="Ask no cluster; assume what is not given.")
@forecast_options
@click.option(
    "--wait-limit",
    type=duration,
    default="30s",
    show_default=True,
    metavar="TIME",
    help="A request that waits longer for its first token counts as late.",
)
@click.option(
    "--price", type=click.FloatRange(min=0), metavar="P", help="Price of a chip-hour, any currency."
)
@click.option("--no-advice", is_flag=True, help="Do not search for better settings.")
@click.option(
    "--apply-advice",
    type=click.IntRange(min=1),
    metavar="NUMBER",
    help="Print the setup with that advice instead.",
)
@click.option("--json", "kind", flag_value="json", help="Everything as JSON.")
@click.option("--csv", "kind", flag_value="csv", help="The series as CSV.")
@click.option("--svg", "kind", flag_value="svg", help="The plots as an SVG picture.")
@click.option(
    "-o",
    "--output",
    "target",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write there instead of to stdout.",
)
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@common_options
def command(
    path: str | None,
    hpa: str | None,
    offline: bool,
    asked: LoadOptions,
    given: FactOptions,
    wait_limit: float,
    price: float | None,
    no_advice: bool,
    apply_advice: int | None,
    kind: str | None,
    target: Path | None,
    force: bool,
    options: Options,
) -> int:
    """Simulate the HPA of a setup under a load, and search for settings that do better.

    Runs the exact control loop on a model of the server. What it rests on is read from the
    cluster where that can be reached, and assumed otherwise; it says which. Changes nothing.
    """
    from jetscale_tui.cli.output import Output

    asked.check()
    form = _Form(kind or "text", not no_advice, apply_advice, price, target, force)
    _check(form, path=path, offline=offline, history=asked.history is not None)
    scene = _Scene(Output(options), options, path, offline)
    facts = given.over(scene.facts())
    load = scene.history(asked, facts) if asked.history is not None else asked.load()
    setup, question = scene.question(hpa, facts, load, wait_limit)
    _answer(setup, question, scene, form)
    return ExitCode.DONE


def _check(form: _Form, *, path: str | None, offline: bool, history: bool) -> None:
    if form.apply is not None and (form.kind != "text" or not form.advice):
        raise UsageError(
            "--apply-advice prints a setup.", fix="Leave out --json, --csv, --svg and --no-advice."
        )
    if offline and path is None:
        raise UsageError("Without a cluster there is nothing to detect.", fix="Give a setup: -f.")
    if offline and history:
        raise UsageError("--history reads Cloud Monitoring; it does not go with --offline.")
    if form.force and form.target is None:
        raise UsageError("--force replaces a file; -o FILE says which.")


class _Scene:
    """The setup, and the cluster as far as it answers."""

    def __init__(self, output: Output, options: Options, path: str | None, offline: bool) -> None:
        from jetscale_tui.cli import session

        self.output = output
        self._work: Session | None = None
        if offline and path is not None:
            self.setup, self.profile = session.document(path, options)
            return
        self._work = session.from_file(path, options) if path else session.detected(options)
        self.setup, self.profile = self._work.setup, self._work.profile

    def facts(self) -> Facts:
        """From the cluster, or assumed where it does not answer."""
        from jetscale_tui.engine.forecast_facts import facts_of, gather

        if self._work is not None:
            work = self._work
            try:
                return gather(work.cluster(), self.setup, self.profile, _gke(work))
            except JetScaleError as error:
                self.output.say(f"! The cluster was not asked: {error.what}")
                self.output.say("  What follows rests on assumptions; --offline says so at once.")
        return facts_of(self.setup, self.profile)

    def history(self, asked: LoadOptions, facts: Facts) -> Load:
        """The load of the past, as Cloud Monitoring has it.

        Raises:
            ConfigError: there is no project or are no credentials to read it with.
        """
        from jetscale_tui.engine.replay import replay

        cloud = self._work.cloud() if self._work else None
        if self._work is None or cloud is None:
            raise ConfigError(
                "The history cannot be read.",
                why="It is in Cloud Monitoring, which needs google.project in the setup and Google "
                "credentials.",
                fix="Set the project, and sign in: gcloud auth application-default login",
            )
        return replay(
            cloud,
            self.setup,
            self.profile,
            facts.pace,
            end=self._work.backend.clock.now(),
            seconds=asked.history or 0.0,
            max_tokens=asked.max_tokens,
        )

    def question(
        self, hpa: str | None, facts: Facts, load: Load, limit: float
    ) -> tuple[Setup, Question]:
        """What is asked, and the setup that advice would change."""
        from jetscale_tui.engine import existing_hpa, forecasting
        from jetscale_tui.setupfile.load import read

        if hpa is None:
            return self.setup, forecasting.question(self.setup, self.profile, facts, load, limit)
        cluster = self._work.cluster() if self._work else None
        file = Path(hpa)
        if file.is_file() or file.suffix in (".yaml", ".yml", ".json"):
            manifest = existing_hpa.from_text(read(file).decode(errors="replace"), file.name)
        elif cluster is not None:
            namespace = self.setup.workload.namespace
            manifest = existing_hpa.from_cluster(cluster, namespace, hpa)
        else:
            raise UsageError(f"{hpa} is no file, and --offline asks no cluster for it.")
        queries = existing_hpa.queries(cluster) if cluster else {}
        existing = existing_hpa.understand(manifest, self.setup, self.profile, queries)
        return existing.setup, existing_hpa.question_of(existing, facts, load, limit)


def _gke(work: Session) -> GkeCluster | None:
    """The GKE cluster of the setup, which says how far its node pools grow; None if not known."""
    google = work.setup.google
    try:
        cloud = work.cloud()
        if cloud is None or not (google.project and google.location and google.cluster):
            return None
        return cloud.cluster(google.project, google.location, google.cluster)
    except JetScaleError:
        return None


def _answer(setup: Setup, question: Question, scene: _Scene, form: _Form) -> None:
    from jetscale_tui.domain.forecast.result import answer
    from jetscale_tui.engine.forecasting import advise
    from jetscale_tui.setupfile.save import write_new

    forecast = answer(question)
    search = None
    if form.advice and form.kind in ("text", "json"):
        if question.load.seconds > _LONG:
            scene.output.say("Simulating other settings under the same load …")
        search = advise(setup, scene.profile, question, forecast.figures)
    if form.apply is not None:
        text = _applied(form.apply, search)
    else:
        text = _written(forecast, search, form)
    if form.target is None:
        scene.output.data(text)
        return
    write_new(form.target, f"{text}\n", force=form.force)
    scene.output.say(f"Wrote {form.target}.")


def _applied(number: int, search: Search | None) -> str:
    from jetscale_tui.setupfile.save import dump_setup

    advice = search.advice if search else ()
    if number > len(advice):
        raise UsageError(
            f"There is no advice {number}.",
            why=f"The search found {len(advice)} under this load.",
            fix="Run the forecast without --apply-advice to see them.",
        )
    return dump_setup(advice[number - 1].setup).rstrip("\n")


def _written(forecast: Forecast, search: Search | None, form: _Form) -> str:
    from jetscale_tui.cli import forecast_data, forecast_svg, forecast_text
    from jetscale_tui.tui import glyphs

    match form.kind:
        case "json":
            return forecast_data.as_json(forecast, search, form.price)
        case "csv":
            return forecast_data.as_csv(forecast)
        case "svg":
            return forecast_svg.as_svg(forecast)
        case _:
            width = _NARROW
            if form.target is None and sys.stdout.isatty():
                width = min(_WIDEST, shutil.get_terminal_size().columns)
            signs = glyphs.detect(os.environ, sys.stdout.encoding or "")
            return forecast_text.report(
                forecast, search, price=form.price, width=width, glyphs=signs
            )
