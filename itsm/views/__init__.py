"""The pages: they translate a request into one read or one act."""
