"""Runs on disk: created, trained in a process of their own, watched, listed and deleted."""
