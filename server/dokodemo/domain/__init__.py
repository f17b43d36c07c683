"""The pure rules of Dokodemo: no I/O, no clock, no randomness; times and policies come in as arguments."""
