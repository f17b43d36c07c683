"""What is kept: the only ring that imports SQLAlchemy.

A store function takes the transaction first, then facts; it never commits. Names say what comes back: ``get`` raises
``MissingError``, ``find`` gives ``None``, ``of`` gives everything about its argument, ``append`` and ``replace`` write.
"""

from sqlalchemy import Connection

Transaction = Connection

__all__ = ["Transaction"]
