"""Dokodemo: companion of a managed Chromebook fleet."""
