"""The SQL of licensing."""
