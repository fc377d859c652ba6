"""Reads of service level management: evidence for judgments, and what the screens and sections show."""
