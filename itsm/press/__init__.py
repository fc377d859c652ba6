"""The PDF process, `python -m itsm.press`: the only room that knows WeasyPrint.

It imports no Django and no room of ours, so that a page waits for the print engine alone.
"""

EXIT_MEMORY, EXIT_LIBRARY, EXIT_REFUSED, EXIT_OTHER = 3, 4, 5, 6
