"""The person's own helm, run as a process. Versions 3 and 4 are understood."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from jetscale_tui.domain.kinds import Ref, kind_of
from jetscale_tui.domain.reading import mapping, objects, text
from jetscale_tui.domain.release import Revision
from jetscale_tui.errors import Interrupted, NotFound, StepFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.manifests.prometheus_adapter import HelmRelease

CHART_VARIABLE = "JETSCALE_HELM_CHART"
"""Environment variable: where to take prometheus-adapter's chart from instead of its public
repository, as a folder, an archive, or an `oci://` address, for networks that do not reach it."""
TIMEOUT = "10m"
_TICK_SECONDS = 1.0
_GRACE_SECONDS = 30.0
"""What Helm gets to write down that it was interrupted, before it is ended."""
_READ_SECONDS = 120.0
_NO_RELEASE = "release: not found"


class HelmProcess:
    """Helm, aimed at one context of a kubeconfig. Nothing is run before the first call."""

    def __init__(self, kubeconfig: Path | None, context: str, *, chart: str | None = None) -> None:
        """What to aim at; `chart` is taken instead of the one a release names."""
        self._kubeconfig = kubeconfig
        self._context = context
        self._chart = chart

    def history(self, name: str, namespace: str) -> tuple[Revision, ...]:
        """Revisions of a release, oldest first; empty where there is no such release."""
        try:
            answer = self._read("history", name, f"--namespace={namespace}", "--output=json")
        except StepFailed as error:
            if _NO_RELEASE in error.why:
                return ()
            raise
        return tuple(
            Revision(
                number=int(entry["revision"]),
                status=text(entry.get("status")),
                chart=text(entry.get("chart")),
                updated=text(entry.get("updated")),
            )
            for entry in objects(json.loads(answer))
        )

    def values(self, name: str, namespace: str, revision: int) -> Json:
        """The values a revision was installed with."""
        place = (f"--namespace={namespace}", f"--revision={revision}")
        return mapping(json.loads(self._read("get", "values", name, *place, "--output=json")))

    def render(self, release: HelmRelease) -> tuple[Json, ...]:
        """The objects of known kinds that the chart makes of the values; nothing is written."""
        with _values_file(release) as values:
            answer = self._read(
                "template",
                *self._release_words(release, values),
                # Without a server, Helm knows the built-in APIs only.
                "--api-versions=apiregistration.k8s.io/v1",
            )
        found = (each for each in yaml.safe_load_all(answer) if mapping(each).get("kind"))
        return tuple(_placed(each, release.namespace) for each in found if _is_known(each))

    def upgrade(self, release: HelmRelease, stop: Callable[[], bool]) -> Iterator[float]:
        """Install or upgrade, and wait until everything is ready."""
        with _values_file(release) as values:
            # Not with --create-namespace: Helm 4 puts a label on a namespace that is there already.
            words = self._release_words(release, values)
            yield from self._work("upgrade", "--install", *words, stop=stop)

    def roll_back(
        self, name: str, namespace: str, target: int, stop: Callable[[], bool]
    ) -> Iterator[float]:
        """Bring an earlier revision back."""
        place = f"--namespace={namespace}"
        yield from self._work("rollback", name, str(target), place, stop=stop)

    def uninstall(self, name: str, namespace: str, stop: Callable[[], bool]) -> Iterator[float]:
        """Take a release away and wait until its objects are gone."""
        yield from self._work("uninstall", name, f"--namespace={namespace}", stop=stop)

    def _release_words(self, release: HelmRelease, values: Path) -> tuple[str, ...]:
        """Release, chart, namespace and values, as `upgrade` and `template` take them."""
        place = (f"--namespace={release.namespace}", f"--values={values}")
        version = (f"--version={release.version}",) if release.version else ()
        if self._chart is None:
            repository = f"--repo={release.chart.repository}"
            return release.name, release.chart.name, repository, *version, *place
        # A folder or an archive is of one version.
        fits = version if self._chart.startswith("oci://") else ()
        return release.name, self._chart, *fits, *place

    def _read(self, *words: str) -> str:
        """Run something that only looks; what it prints."""
        process = self._start(words)
        try:
            out, err = process.communicate(timeout=_READ_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise StepFailed(
                f"helm {words[0]} did not answer within {_READ_SECONDS:.0f} s.",
                fix="Run it by hand to see what it waits for.",
            ) from None
        if process.returncode:
            raise _failed(words, err)
        return out

    def _work(self, *words: str, stop: Callable[[], bool]) -> Iterator[float]:
        """Run something that writes, yielding while it does; interrupt it when told to stop."""
        process = self._start((*words, "--wait", f"--timeout={TIMEOUT}"))
        began = time.monotonic()
        try:
            while True:
                try:
                    _, err = process.communicate(timeout=_TICK_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    pass
                if stop():
                    _interrupt(process)
                    raise Interrupted(
                        f"Helm was interrupted in {words[0]}.",
                        why="Its history says how far it came.",
                    )
                yield time.monotonic() - began
        finally:
            # Whoever stops listening must not leave Helm writing behind their back.
            _interrupt(process)
        if process.returncode:
            raise _failed(words, err)

    def _start(self, words: Sequence[str]) -> subprocess.Popen[str]:
        binary = shutil.which("helm")
        if binary is None:
            raise NotFound(
                "There is no helm on the PATH.",
                fix="Install it (https://helm.sh/docs/intro/install), or set "
                "adapter.prometheus.install to direct, which needs no helm.",
            )
        return subprocess.Popen(
            [binary, *words, f"--kube-context={self._context}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self._environment(),
            # A Ctrl-C on the terminal reaches Helm through `stop`, once, and not behind our back.
            start_new_session=True,
        )

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name != "HELM_DEBUG"}
        return kept | ({"KUBECONFIG": str(self._kubeconfig)} if self._kubeconfig else {})


@contextmanager
def _values_file(release: HelmRelease) -> Iterator[Path]:
    """The values in a file that only this person can read, for as long as the block runs."""
    with tempfile.TemporaryDirectory(prefix="jetscale-helm-") as folder:
        path = Path(folder) / "values.yaml"
        with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as file:
            yaml.safe_dump(release.values, file)
        yield path


def _placed(obj: Json, namespace: str) -> Json:
    """The object with the namespace that Helm would install it to."""
    if not kind_of(obj).namespaced or obj["metadata"].get("namespace"):
        return obj
    return {**obj, "metadata": {**obj["metadata"], "namespace": namespace}}


def _is_known(obj: Json) -> bool:
    try:
        Ref.of(obj)
    except KeyError:
        return False
    return True


def _interrupt(process: subprocess.Popen[str]) -> None:
    """Ask a process to end as Ctrl-C does, so that it can write down how far it came."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.communicate(timeout=_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
    except ValueError:
        # Its output was read to the end before.
        process.wait()


def _failed(words: Sequence[str], told: str) -> StepFailed:
    lines = [line for line in told.splitlines() if line.strip()]
    errors = [line.removeprefix("Error: ") for line in lines if line.startswith("Error:")]
    return StepFailed(
        f"helm {words[0]} failed.",
        why="\n".join(errors or lines[-5:]),
        fix="Correct what Helm names and apply again. `helm history` shows what it wrote.",
    )
