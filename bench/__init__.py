"""Figures that the project promises, each measured by one file (never in continuous integration).

A file has ``NAME`` (short, with dashes), ``measure() -> list[dict]`` (figures made with
``bench.figures.figure``, best of three, peers and limits in the same run), and may set
``NEEDS_SERVERS = True`` to get private servers with all tables before it is imported whole.
"""
