"""The shortest trace to each broken rule, searched for once in a run."""

from functools import cache

from tests.model.mutants import WORLDS
from tests.model.search import Result, search
from tests.model.variants import Mutant, built


@cache
def found(mutant: Mutant) -> Result:
    """What the search of the mutant's world finds."""
    return search(WORLDS[mutant.world], *built(mutant))
