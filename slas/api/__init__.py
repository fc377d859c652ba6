"""The programming interface of service level management."""
