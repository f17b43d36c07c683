"""What is derived from both logs, judged twice: by ``rebuild`` and by ``tests.faults.derived``; and the signatures."""

from dokodemo.actions import Services
from dokodemo.actions.rebuild import rebuild
from tests.faults.derived import judge, tables_of
from tests.faults.dumps import dump
from tests.faults.evidence import signatures
from tests.simulation.server import Premises


def derived(premises: Premises, services: Services) -> list[str]:
    """Everything that is wrong with sessions, segments, the fold, the trail, and what was kept as it was signed."""
    found = [
        f"I6: {journal} reads otherwise from its log" for journal, equal in rebuild(services, repair=False) if not equal
    ]
    found += [f"{one.invariant}: {one.detail}" for one in judge(tables_of(premises.url))]
    for name, journal in dump(premises.url, services.city.public_url).items():
        if all(one.request.headers for one in journal.signed):
            found += [f"{one.invariant}: {one.detail}" for one in signatures(name, journal)]
    return found
