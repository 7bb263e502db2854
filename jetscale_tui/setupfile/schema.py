"""JSON Schema of the documents, for editors and for people who check before they run."""

from __future__ import annotations

from typing import Any

from jetscale_tui.domain.profile import Profile
from jetscale_tui.domain.spec import Setup


def setup_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the setup document."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Setup.model_json_schema(by_alias=True),
    }


def profile_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a profile file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Profile.model_json_schema(by_alias=True),
    }
