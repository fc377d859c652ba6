"""Commands of service level management."""
