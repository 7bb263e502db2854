"""Label and field selectors."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from jetscale_tui.domain.kinds import CONFIG_MAP, EVENT, HPA, POD
from jetscale_tui.sandbox.kube.selectors import matcher
from jetscale_tui.sandbox.kube.status import ApiError
from tests.sandbox.kube.serving import config_map

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from tests.sandbox.kube.serving import Client

OBJECT = {"metadata": {"name": "x", "labels": {"app": "web", "tier": "3", "a.b/c": ""}}}


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("app=web", True),
        ("app==web", True),
        ("app = web", True),
        ("app!=web", False),
        ("nosuch!=web", True),
        ("app in (web, db)", True),
        ("app in (db)", False),
        ("app notin (db)", True),
        ("nosuch notin (db)", True),
        ("app", True),
        ("!app", False),
        ("!nosuch", True),
        ("nosuch", False),
        ("tier>2", True),
        ("tier<2", False),
        ("app>2", False),
        ("app=web,tier=3", True),
        ("app=web,tier=4", False),
        ("app in (web),tier notin (4,5),!nosuch", True),
        ("a.b/c", True),
        ("a.b/c=", True),
        ("app=", False),
    ],
)
def test_a_label_selector_chooses(selector: str, expected: bool) -> None:
    matches = matcher(CONFIG_MAP, selector, "")
    assert matches is not None
    assert matches(OBJECT) is expected


def test_no_selector_is_no_question() -> None:
    assert matcher(CONFIG_MAP, "", "") is None


@pytest.mark.parametrize("selector", ["app in web", "a=b=c,", "=x", "a,,b", "a in (b", "a b"])
def test_a_selector_nobody_can_read_is_a_bad_request(selector: str) -> None:
    with pytest.raises(ApiError) as refused:
        matcher(CONFIG_MAP, selector, "")
    assert refused.value.code == 400


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("status.phase=Running", True),
        ("status.phase!=Running", False),
        ("spec.nodeName=", True),
        ("metadata.name==p,status.phase=Running", True),
    ],
)
def test_a_field_selector_chooses_pods(selector: str, expected: bool) -> None:
    pod: Json = {"metadata": {"name": "p"}, "spec": {}, "status": {"phase": "Running"}}
    matches = matcher(POD, "", selector)
    assert matches is not None
    assert matches(pod) is expected


def test_events_are_chosen_by_what_they_are_about() -> None:
    event = {
        "metadata": {"name": "e"},
        "involvedObject": {"kind": "Pod", "name": "p"},
        "source": {"component": "kubelet"},
        "type": "Warning",
    }
    wanted = "involvedObject.kind=Pod,involvedObject.name=p,source=kubelet,type!=Normal"
    matches = matcher(EVENT, "", wanted)
    assert matches is not None
    assert matches(event)


def test_fields_nobody_can_select_by_are_named() -> None:
    with pytest.raises(ApiError, match=r"field label not supported: spec\.x"):
        matcher(POD, "", "spec.x=1")
    with pytest.raises(ApiError, match=r'"spec\.x" is not a known field selector: only'):
        matcher(HPA, "", "spec.x=1")


def test_lists_watches_and_deletes_all_choose(admin: Client) -> None:
    path = "/api/v1/namespaces/default/configmaps"
    for name, color in (("a", "red"), ("b", "blue")):
        body = config_map(name)
        body["metadata"]["labels"] = {"color": color}
        admin.create(path, body)
    red = f"{path}?labelSelector={quote('color in (red)')}"
    assert [item["metadata"]["name"] for item in admin.get(red).body["items"]] == ["a"]
    gone = admin.delete(red)
    assert [item["metadata"]["name"] for item in gone.body["items"]] == ["a"]
    assert [item["metadata"]["name"] for item in admin.get(path).body["items"]] == ["b"]
