from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.engine.first_look import FirstLook
from jetscale_tui.errors import AuthError, PermissionDenied, Unreachable
from tests.fakes import FakeBackend, FakeCloud, FakeCluster
from tests.unit.engine.scene import gke

if TYPE_CHECKING:
    from collections.abc import Callable


class Counting(FakeBackend):
    """Counts how often each side is opened, and may be held up or fail."""

    def __init__(self) -> None:
        super().__init__(FakeCluster(), FakeCloud(gke()))
        self.opened: list[str] = []
        self.opening_cloud: Callable[[], object] = lambda: None

    def cluster(self, context: str | None = None) -> FakeCluster:
        self.opened.append(f"cluster {context}")
        return super().cluster(context)

    def cloud(self) -> FakeCloud | None:
        self.opened.append("cloud")
        self.opening_cloud()
        return super().cloud()


def test_each_side_is_opened_once_however_often_it_is_asked_for() -> None:
    backend = Counting()
    look = FirstLook(backend, "mine")
    for _ in range(3):
        assert look.cluster() is look.cluster("mine")
        assert look.cloud() is not None
    assert sorted(backend.opened) == ["cloud", "cluster mine"]


def test_an_error_is_the_answer_to_everybody_who_asks() -> None:
    backend = Counting()

    def refuse() -> None:
        raise AuthError("They expired.")

    backend.opening_cloud = refuse
    look = FirstLook(backend, None)
    for _ in range(3):
        with pytest.raises(AuthError, match="They expired"):
            look.cloud()
    assert backend.opened.count("cloud") == 1
    assert look.cluster().version(), "the other side is not concerned"


def test_a_cluster_that_lets_nobody_in_is_not_opened() -> None:
    backend = Counting()
    backend._cluster.refused = AuthError("The login has ended.")
    with pytest.raises(AuthError):
        FirstLook(backend, None).cluster()


def test_a_cluster_that_refuses_to_tell_its_version_is_there() -> None:
    backend = Counting()

    def refuse() -> str:
        raise PermissionDenied("You may not.")

    backend._cluster.version = refuse  # type: ignore[method-assign]
    assert FirstLook(backend, None).cluster() is backend._cluster


def test_a_side_that_does_not_answer_is_given_up_for_all_at_once() -> None:
    backend = Counting()
    held = threading.Event()
    backend.opening_cloud = lambda: held.wait(30)
    look = FirstLook(backend, None, seconds=0.05)
    for _ in range(2):
        with pytest.raises(Unreachable, match="Google Cloud did not answer within"):
            look.cloud()
    held.set()


def test_a_defect_is_not_swallowed() -> None:
    backend = Counting()

    def fail() -> None:
        raise ZeroDivisionError

    backend.opening_cloud = fail
    with pytest.raises(ZeroDivisionError):
        FirstLook(backend, None).cloud()


def test_all_else_is_the_backends_own() -> None:
    backend = Counting()
    look = FirstLook(backend, "mine")
    assert (look.label, look.clock) == (backend.label, backend.clock)
    assert look.contexts() == []
    assert look.cluster("other") is backend._cluster
    assert "cluster other" in backend.opened
    with pytest.raises(NotImplementedError):
        look.feed(None, None)


def test_where_nothing_of_google_may_be_called_nothing_is() -> None:
    class Untouchable(FakeBackend):
        def cloud(self) -> FakeCloud | None:
            raise AssertionError("asked")

    look = FirstLook(Untouchable(FakeCluster()), None, google=False)
    assert look.cloud() is None
