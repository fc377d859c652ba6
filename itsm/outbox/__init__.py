"""What leaves the transaction of an act: announcements to other apps, hints to workers, mail."""
