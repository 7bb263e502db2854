"""Label and field selectors."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from jetscale_tui.domain.kinds import CONFIG_MAP, EVENT, HPA, POD, POD_MONITORING
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


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("app in web", "unable to parse requirement: found 'web' expected: '('"),
        ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
        ("a=b=c", "found '=', expected: ',' or 'end of string'"),
        ("a=foo bar", "found 'bar', expected: ',' or 'end of string'"),
        ("a=b,", "found '', expected: identifier after ','"),
        ("a,,b", "found ',', expected: identifier after ','"),
        ("=x", "found '=', expected: !, identifier, or 'end of string'"),
        ("!", "unable to parse requirement: found '', expected: identifier"),
        ("a=(b)", "unable to parse requirement: found '(', expected: identifier"),
        ("a in (b", "unable to parse requirement: found '', expected: ',', or ')'"),
        ("a in (b c)", "unable to parse requirement: found 'c', expected: ',', or ')'"),
        (
            "a in ()",
            "unable to parse requirement: values: Invalid value: []: for 'in', 'notin' operators, "
            "values set can't be empty",
        ),
        (
            "a>5x",
            "unable to parse requirement: values[0]: Invalid value: \"5x\": for 'Gt', 'Lt' "
            "operators, the value must be an integer",
        ),
        (
            "/a",
            'unable to parse requirement: <nil>: Invalid value: "/a": prefix part must be '
            "non-empty",
        ),
    ],
)
def test_a_selector_nobody_can_read_is_a_bad_request(selector: str, message: str) -> None:
    with pytest.raises(ApiError) as refused:
        matcher(CONFIG_MAP, selector, "")
    assert (refused.value.code, str(refused.value)) == (400, message)


@pytest.mark.parametrize("selector", ["-a=b", "a/b/c", "a=-b", "a=b/c", "_/c=d", "a in (b,c/d)"])
def test_keys_and_values_that_no_label_can_have_are_refused(selector: str) -> None:
    with pytest.raises(ApiError, match=r"(must|or) consist of") as refused:
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
    with pytest.raises(ApiError, match=r"field label not supported: spec\.x"):
        matcher(POD_MONITORING, "", "spec.x=1")


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
