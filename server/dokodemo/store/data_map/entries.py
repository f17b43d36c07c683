"""What one table's entry in the data map says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dokodemo.domain.access import Verb

Words = tuple[str, str]
"""Japanese, English."""


class Whose(StrEnum):
    """Whom the rows are about."""

    PERSON = "person"
    DEVICE = "device"
    NOBODY = "nobody"


class Kept(StrEnum):
    """What the code does about old rows. ``UNLIMITED``: nothing yet."""

    EXPIRES = "expires"  # store.expired.KEPT has column and span
    UNLIMITED = "unlimited"
    LATEST = "latest"
    LAST_OF_MONTH = "last_of_month"
    DERIVED = "derived"
    IMPORTED = "imported"
    UNSET = "unset"
    RELINKED = "relinked"


@dataclass(frozen=True, slots=True)
class Entry:
    """A table: its name for people, whose it is, why it exists, what becomes of old rows, who may see it, its columns.

    ``seen`` are the verbs of ``domain.access`` behind which something of it is shown; empty: no page shows it. ``apart``
    are columns for which that is another answer; ``told`` are columns that reach somebody by another way than a page.
    ``meant`` is a term that the product states and does not carry out yet.
    """

    name: Words
    whose: Whose
    why: Words
    kept: Kept
    seen: tuple[Verb, ...]
    columns: Mapping[str, Words]
    apart: Mapping[str, tuple[Verb, ...]] = field(default_factory=dict)
    meant: Words | None = None
    told: Mapping[str, Words] = field(default_factory=dict)


FIVE_YEARS = (
    "年度末から5年（労働基準法109条。附則143条により当分の間3年）",
    "5 years from the end of the fiscal year (労働基準法109条; 3 for the time being by 143条 of its supplementary provisions)",
)
THIRTY_DAYS = ("30日", "30 days")
OWN_DEVICE = ("本人の端末に届く", "told to the person's own device")
PERSON_ID = ("職員のID", "the person's id")
JOURNAL_ID = ("記録帳のID（端末の鍵のID）", "the journal's id, which is that of the device's key")
