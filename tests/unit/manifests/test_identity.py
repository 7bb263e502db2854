from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.google import Binding
from jetscale_tui.domain.spec import Guide, Setup
from jetscale_tui.errors import ConfigError
from jetscale_tui.manifests.build import bindings, build, google_account
from jetscale_tui.manifests.identity import ANNOTATION, GoogleAccount
from tests.unit.manifests.variants import PROFILE, PROJECT, setup_of

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json

POOL = "principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools"
VIEWER = "roles/monitoring.viewer"


def service_accounts(setup: Setup) -> dict[str, Json]:
    return {
        item["metadata"]["name"]: item["metadata"].get("annotations", {})
        for group in build(setup, PROFILE, PROJECT)
        for item in group.objects
        if item["kind"] == "ServiceAccount"
    }


def without_project(setup: Setup) -> Setup:
    google = setup.google.model_copy(update={"project": None})
    return setup.model_copy(update={"google": google})


@pytest.mark.parametrize(
    ("adapter", "subject"),
    [
        ("stackdriver", "ns/custom-metrics/sa/custom-metrics-stackdriver-adapter"),
        ("prometheus", "ns/default/sa/jetscale-frontend"),
    ],
)
def test_a_principal_has_the_project_s_number_in_its_path_and_its_id_in_the_pool(
    adapter: str, subject: str
) -> None:
    member = f"{POOL}/my-project.svc.id.goog/subject/{subject}"
    assert bindings(setup_of(adapter), PROJECT) == (Binding(VIEWER, member),)
    assert google_account(setup_of(adapter), PROJECT) is None


def test_a_principal_waits_for_the_project_s_number() -> None:
    assert bindings(setup_of(), None) == ()


@pytest.mark.parametrize("adapter", ["stackdriver", "prometheus"])
def test_nodes_bring_their_own_rights(adapter: str) -> None:
    setup = setup_of(adapter, identity="node")
    assert bindings(setup, PROJECT) == ()
    assert google_account(setup, PROJECT) is None
    assert not any(service_accounts(setup).values())


@pytest.mark.parametrize(
    ("adapter", "name", "kubernetes"),
    [
        (
            "stackdriver",
            "custom-metrics-adapter",
            "custom-metrics/custom-metrics-stackdriver-adapter",
        ),
        ("prometheus", "prom-frontend-sa", "default/jetscale-frontend"),
    ],
)
def test_one_google_service_account_is_created_bound_annotated_and_granted(
    adapter: str, name: str, kubernetes: str
) -> None:
    setup = setup_of(adapter, identity="service-account")
    email = f"{name}@my-project.iam.gserviceaccount.com"
    member = f"serviceAccount:my-project.svc.id.goog[{kubernetes}]"
    assert google_account(setup, PROJECT) == GoogleAccount(
        "my-project", name, email, Binding("roles/iam.workloadIdentityUser", member)
    )
    assert bindings(setup, PROJECT) == (Binding(VIEWER, f"serviceAccount:{email}"),)
    annotated = service_accounts(setup)[kubernetes.rpartition("/")[2]]
    assert annotated == {ANNOTATION: email}


def test_the_guide_creates_one_google_service_account_and_binds_another() -> None:
    setup = setup_of("prometheus", identity="service-account", guide=Guide.LITERAL)
    account = google_account(setup, PROJECT)
    assert account is not None
    assert account.account_id == "prom-frontend-sa"
    assert account.email == "jetstream-iam-sa@my-project.iam.gserviceaccount.com"
    assert account.binding.member.endswith("[default/prom-frontend-sa]")
    assert service_accounts(setup)["prom-frontend-sa"] == {ANNOTATION: account.email}


def test_the_project_s_id_is_taken_from_the_document_while_google_is_not_asked() -> None:
    setup = setup_of("stackdriver", identity="service-account")
    assert google_account(setup, None) == google_account(setup, PROJECT)
    assert bindings(setup, None) == bindings(setup, PROJECT)


@pytest.mark.parametrize("ask", [google_account, bindings])
def test_a_google_service_account_needs_a_project(ask: object) -> None:
    setup = without_project(setup_of("stackdriver", identity="service-account"))
    assert callable(ask)
    with pytest.raises(ConfigError, match=r"google\.project is not set"):
        ask(setup, None)


def test_the_frontend_needs_a_project() -> None:
    with pytest.raises(ConfigError, match=r"google\.project is not set"):
        build(without_project(setup_of("prometheus")), PROFILE, None)


def test_pod_metrics_through_the_stackdriver_adapter_need_none() -> None:
    setup = without_project(setup_of("stackdriver"))
    assert build(setup, PROFILE, None) == build(setup_of("stackdriver"), PROFILE, PROJECT)
