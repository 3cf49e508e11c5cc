"""The HTTP front door of licensing."""
