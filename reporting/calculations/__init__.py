"""Pure arithmetic of service reporting."""
