"""Valid minimal records for tests."""
