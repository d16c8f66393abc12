"""Views: what is watched beside our own objects, to know whether what runs is served, and who else takes it.

Each view is listed whole whenever an engine begins to lead, and followed from there: what it shows are states, and only what
is other than was told makes a fact, so there is no place to resume from and nothing to miss. An engine whose role does not allow
one goes on without it.
"""

from dataclasses import dataclass

from domain.objects import WATCHED, Kind

OUR_NAMESPACES = "reckon-"
"""How the names of our projects' namespaces begin."""


@dataclass(frozen=True, slots=True)
class View:
    """A kind, watched under a name of its own: with our ledger's label (`ours`), or in our namespaces without it."""

    kind: Kind
    name: str
    ours: bool = False


SLICES = View(Kind.ENDPOINT_SLICE, Kind.ENDPOINT_SLICE.value, ours=True)
"""The endpoints of our Services: their controller copies a Service's labels onto them."""
TAKERS = tuple(
    View(kind, f"{kind.value} of others") for kind in (Kind.SERVICE, Kind.AUTOSCALER, Kind.DISRUPTION_BUDGET, Kind.NETWORK_POLICY)
)
"""The kinds by which others may take our pods or our Deployments."""
VIEWS = (SLICES, *TAKERS)
NAMED = {view.name: view for view in VIEWS}
FOLLOWED = (*(kind.value for kind in WATCHED), *NAMED)
"""The names under which frames are told: of the kinds that are watched, and of the views."""
