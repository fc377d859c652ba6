"""The programming interface of service reporting."""
