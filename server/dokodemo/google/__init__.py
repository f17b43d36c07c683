"""Identity of people as issuers state it: the only ring that imports ``google.auth``."""
