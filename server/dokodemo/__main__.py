"""``python -m dokodemo``."""

from dokodemo.cli import main

main()
