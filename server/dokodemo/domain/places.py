"""From a network address to a place, by the city's own table. The address itself goes no further."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from dokodemo.domain.events import Place

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class NetworkTable:
    """The city's networks, longest prefix first."""

    networks: tuple[tuple[Network, Place], ...] = ()

    @classmethod
    def of(cls, rows: Iterable[tuple[str, str]]) -> "NetworkTable":
        """From (CIDR, place) pairs. Raises ``ValueError`` on a bad network or an unknown place."""
        networks = [(ip_network(cidr), Place(place)) for cidr, place in rows]
        return cls(tuple(sorted(networks, key=lambda row: -row[0].prefixlen)))

    def place_of(self, address: str) -> Place | None:
        """The place of the narrowest network that holds the address; None outside the city's networks."""
        try:
            parsed: IPv4Address | IPv6Address | None = ip_address(address)
        except ValueError:
            return None
        if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
            parsed = parsed.ipv4_mapped
        return next((place for network, place in self.networks if parsed in network), None)
