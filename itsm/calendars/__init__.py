"""The calendars: what is on (gathering), days and months (days), iCalendar files (files)."""
