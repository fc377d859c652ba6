"""Plimsoll: project package and shared kernel of the six service delivery processes."""
