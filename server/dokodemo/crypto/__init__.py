"""Signatures and packages: the only ring that imports ``cryptography``."""
