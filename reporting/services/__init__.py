"""Acts of service reporting: plan, issue, approve, publish, answer."""
