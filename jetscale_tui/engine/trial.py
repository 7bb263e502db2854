"""A server-side dry run next to exactly the object it was made of.

Others write too: an object read before somebody's write and a dry run made after it differ by that
write as well, and a plan made of the two would claim it, refuse to run, or take it back in undo.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import Ref

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.engine.ports import Cluster

_TRIES = 8


def trial(
    cluster: Cluster, manifest: Json, live: Json | None, *, force: bool = False
) -> tuple[Json | None, Json]:
    """The object as it is, and as applying the manifest would make it.

    Starts from `live`, read before, and reads again where somebody wrote in between. After a few
    times the last pair is returned as it is: the executor looks again before it writes.

    Raises:
        Conflict, PermissionDenied, Rejected, NotFound: as `Cluster.apply`.
    """
    for _ in range(_TRIES):
        result = cluster.apply(manifest, dry_run=True, force=force)
        # A dry run keeps the version of what it was made of, and has none where nothing was.
        if _version(result) == _version(live):
            break
        live = cluster.get(Ref.of(manifest))
    return live, result


def _version(obj: Json | None) -> str | None:
    return obj["metadata"].get("resourceVersion") if obj else None
