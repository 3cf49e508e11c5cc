"""Seeded generation of believable schools, and their changes through time."""
