"""The spellings in which an address, or the network around it, could lie somewhere."""

import base64
import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path


def spellings(address: str) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of every form: text, packed, integer, hexadecimal, base64, and the /24 or /48 around it."""
    ip = ipaddress.ip_address(address)
    length = 24 if ip.version == 4 else 48
    around = ipaddress.ip_network((ip, length), strict=False).network_address
    for what, each in (("", ip), (f"/{length} of ", around)):
        packed = each.packed
        yield f"{what}text", str(each).encode()
        yield f"{what}long text", each.exploded.encode()
        yield f"{what}packed", packed
        yield f"{what}integer", str(int(each)).encode()
        yield f"{what}hexadecimal", packed.hex().encode()
        yield f"{what}base64", base64.b64encode(packed).rstrip(b"=")[:-1]
        yield f"{what}packed backwards", packed[::-1]
    prefix = str(around).removesuffix(".0" if ip.version == 4 else "::")
    yield f"text of the /{length}", prefix.encode() + (b"." if ip.version == 4 else b":")


def found(addresses: Iterable[str], places: Mapping[str, bytes]) -> list[str]:
    """Where which spelling lies."""
    return [
        f"{address} as {how} in {place}"
        for address in addresses
        for how, needle in spellings(address)
        for place, held in places.items()
        if needle.lower() in held.lower()
    ]


def files_below(folder: Path) -> dict[str, bytes]:
    """Every file, as its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
