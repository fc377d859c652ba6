"""The pages of service level management."""
