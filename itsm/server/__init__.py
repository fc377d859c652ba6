"""``make run``: the private PostgreSQL and Valkey, and the supervisor of the site's processes.

Nothing here needs Django's settings: the modules make the environment that those are read from.
"""
