"""Pages of service reporting: staff and portal."""
