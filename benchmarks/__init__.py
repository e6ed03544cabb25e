"""Comparisons with other libraries. Each prints its own figures; nothing here is a test."""
