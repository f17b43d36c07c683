"""What a file of the project may not be called, hold or grow to; each rule so that a test can break it."""

import re
from pathlib import PurePath

LONGEST = 400  # lines; a file above it holds more than one noun
DRAWERS = frozenset(
    ["utils", "util", "helpers", "helper", "common", "base", "misc", "manager", "managers", "service", "core"]
)

# A letter in brackets, here and below: this file must not hold what it looks for.
REGISTRIES = re.compile(r"https?://[a-z0-9.-]*(?:p[y]pi|python[h]osted|np[m]js|de[b]ian)[a-z0-9.-]*", re.IGNORECASE)
RESOLVED = re.compile(r'"resol[v]ed"\s*:')
PLACES = re.compile(r"(?<![\w.~-])/(?:root|home|work|Users)/[A-Za-z0-9_.-]+")
INDEX_OPTIONS = re.compile(r"^\s*(?:-i|-f|--index-url|--extra-index-url|--find-links|--trusted-host)\b", re.MULTILINE)
# Words of surveillance: this is no tool for it, and nobody who opens it should think so.
NEVER_SAID = re.compile("監[視]|サボ[り]")

SILENT_CATCH = re.compile(r"catch\s*(?:\([^)]*\)\s*)?\{\s*\}")
HTML_FROM_DATA = re.compile(
    r"\.(?:innerHTML|outerHTML)\b|\binsertAdjacentHTML\b|\bdocument\.write\b|\beval\(|\bnew Function\b"
)
FETCH = re.compile(r"(?<![\w.$])(?:self\.|globalThis\.|window\.)?fetch\s*\(|\bXMLHttpRequest\b|\bsendBeacon\b")
STORAGE = re.compile(r"\bchrome\.storage\b(?!\.onChanged)|\bindexedDB\b|\blocalStorage\b|\bsessionStorage\b")
LISTENER = re.compile(r"\bchrome\.[\w.]+\.addListener\s*\(")


def drawer(path: PurePath) -> bool:
    """Whether a file or one of its folders has a name into which anything fits."""
    return bool({PurePath(part).stem.lower() for part in path.parts} & DRAWERS)


def addresses(text: str) -> list[str]:
    """Package registries' addresses and places of one machine."""
    return [found.group() for rule in (REGISTRIES, RESOLVED, PLACES) for found in rule.finditer(text)]


def code(javascript: str) -> str:
    """A module without its comments, line for line (a string that holds ``//`` keeps what precedes it)."""
    blank = re.sub(r"/\*.*?\*/", lambda found: "\n" * found.group().count("\n"), javascript, flags=re.DOTALL)
    return re.sub(r"(?<![:\"'`])//.*", "", blank)


def found(rule: re.Pattern[str], path: PurePath, text: str) -> list[str]:
    """Where a rule's pattern stands, as ``path:line: what``."""
    hits = rule.finditer(text)
    return [f"{path}:{text.count(chr(10), 0, each.start()) + 1}: {each.group().strip()}" for each in hits]
