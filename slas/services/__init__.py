"""Writes of service level management."""
