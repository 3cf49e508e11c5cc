"""The client of Somtoday Connect, and the translation of what it says."""
