"""Which faults a search may use, and how often. A bound of 0 means that the fault does not happen in that world."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class World:
    """Bounds of one search.

    ``two_steps``: a transaction is a SELECT and a COMMIT, so two workers overlap; else it is one step, which is the
    same wherever the row is locked in between. ``sizes``: a batch holds any number of the waiting events, not only all
    of them or one. ``lingering``: requests under way beside the one that a device waits for. ``orders``: how many
    keys may be ordered to be left without a fork.
    """

    name: str
    events: int
    devices: int = 1
    keys: int = 1
    lingering: int = 1
    two_steps: bool = False
    sizes: bool = False
    images: int = 0
    restores: int = 0
    prunes: bool = False
    rotates: bool = False
    evicts: bool = False
    orders: int = 0


SHORT = (
    World("cursor, lost acknowledgment, repeat, two workers", events=4, lingering=2, two_steps=True, sizes=True),
    World("a restored server, pruned devices", events=4, restores=1, prunes=True, sizes=True),
    World("a restored server, two workers", events=3, restores=1, prunes=True, two_steps=True),
    World("a server restored twice", events=3, restores=2, prunes=True),
    World("a disk set back", events=4, keys=3, images=1),
    World("a disk set back, two workers", events=2, keys=3, images=1, two_steps=True),
    World("a copied profile", events=2, devices=2, keys=3, images=1),
    World("rotation and eviction", events=3, keys=3, rotates=True, evicts=True),
    World("rotation, two workers", events=3, keys=3, rotates=True, two_steps=True),
    World("a key left by order", events=4, keys=2, orders=1),
    World("a disk set back and a restored server", events=2, keys=3, images=1, restores=1),
    World("everything at once", events=1, keys=2, images=1, restores=1, prunes=True, rotates=True, evicts=True),
)
"""Together a short run: in each state of each of them I1 to I5 hold."""

DEEP = (
    World("cursor, lost acknowledgment, repeat, two workers", events=6, lingering=3, two_steps=True, sizes=True),
    World("a restored server, two workers", events=4, lingering=2, restores=1, prunes=True, two_steps=True, sizes=True),
    World("a server restored twice", events=4, restores=2, prunes=True, sizes=True),
    World("a disk set back, two workers", events=4, keys=3, images=1, two_steps=True),
    World("a disk set back twice", events=3, keys=3, images=2),
    World("a copied profile", events=3, devices=2, keys=3, images=1),
    World("rotation and eviction", events=4, keys=3, rotates=True, evicts=True),
    World("rotation and a restored server", events=3, keys=3, rotates=True, restores=1, prunes=True),
    World("a disk set back and a restored server", events=3, keys=3, images=1, restores=1, prunes=True),
    World("everything at once", events=2, keys=3, images=1, restores=1, prunes=True, rotates=True, evicts=True),
)  # fmt: skip
"""The larger bounds: minutes to an hour."""
