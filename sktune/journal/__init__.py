"""Keeps what was found out in a file, and goes on from there."""
