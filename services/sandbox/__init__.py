"""A stand-in for Somtoday Connect over real HTTP, for development and tests."""
