"""One module per verb of ``manage.py``."""
