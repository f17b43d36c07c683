"""The devices of the simulated city, made ready: each with its key, its person, its address and its clock."""

from random import Random

from dokodemo.demo.device import Device
from dokodemo.demo.figures import Figures
from dokodemo.demo.history import History
from dokodemo.demo.ledger import Use, machines, uses
from dokodemo.demo.memory import Memory, RememberedHistory
from dokodemo.demo.networks import Site, site_of, source_address
from dokodemo.demo.roster import Member, people
from dokodemo.demo.tokens import Tokens
from dokodemo.demo.wire import Wire

CLOCK_DEVIATION = 0.8  # seconds
CLOCKS_WRONG = 0.002
CLOCK_WRONG_SECONDS = (120.0, 900.0)


class Fleet:
    """``count`` devices of the city (2,680: all), spread over its units; one connection pool for all of them."""

    def __init__(
        self,
        url: str,
        tokens: Tokens,
        *,
        year: int,
        count: int = 2_680,
        seed: int = 1,
        history: History | None = None,
        clocks_wrong: bool = True,
        memory: Memory | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self.tokens = tokens
        self.history = history
        self.clocks_wrong = clocks_wrong
        self.memory = memory
        self.wire = Wire(self.url)
        self.members: tuple[Member, ...] = people(year=year, seed=seed)
        self.uses = spread(uses(self.members, machines(seed=seed)), count)
        self.devices = [self.device(use) for use in self.uses]

    def device(self, use: Use, *, earlier: bool = False) -> Device:
        """A device for this use: with the key that it kept, else with a new one. ``earlier``: the key of past days."""
        error = clock_error(use) if self.clocks_wrong else 0.0
        history, remembered = self.history or History(), None
        if self.memory is not None:
            slot = f"{use.number} earlier" if earlier else str(use.number)
            remembered = self.memory.recall(slot)
            history = RememberedHistory(self.memory, slot, history)
        device = Device(
            use, self.url, self.wire, self.tokens, history=history, error=error, remembered=remembered
        )  # fmt: skip
        device.contact.source = source_of(use)
        return device

    def count_in(self, figures: Figures) -> Figures:
        """From now on requests are counted there."""
        for device in self.devices:
            device.contact.figures = figures
        return figures

    async def close(self) -> None:
        """Close connections and history."""
        await self.wire.close()
        if self.history is not None:
            for device in self.devices:
                self.history.waiting(device.journal, device.outbox.acknowledged, device.outbox.waiting)
            self.history.close()


def spread(every: tuple[Use, ...], count: int) -> tuple[Use, ...]:
    """``count`` of the uses, evenly over the tree; more than there are is a ValueError."""
    if not 0 < count <= len(every):
        raise ValueError(f"the city has {len(every)} devices in use, not {count}")
    return tuple(every[n * len(every) // count] for n in range(count))


def clock_error(use: Use) -> float:
    """By how many seconds this device's clock is ahead; two in a thousand are wrong by minutes."""
    random = Random(f"clock {use.number}")
    if random.random() < CLOCKS_WRONG:
        return random.choice((-1, 1)) * random.uniform(*CLOCK_WRONG_SECONDS)
    return random.gauss(0, CLOCK_DEVIATION)


def source_of(use: Use, *, outside: bool = False, in_room: bool = False, satellite: bool = False) -> str:
    """The address from which this device speaks: its site's, its meeting rooms', another branch's, or anywhere."""
    site: Site | None = site_of(use.member.unit_code)
    if satellite:
        site = site_of(f"05{use.number % 6 + 1:02}00")
    if outside:
        site = None
    return source_address(site, use.number % 2_560, side=in_room or satellite or use.second)
