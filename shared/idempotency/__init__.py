"""A repeated write returns the first answer."""
