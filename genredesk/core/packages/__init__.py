"""Packages that the program can go without: what is missing, and fetching it with pip."""
