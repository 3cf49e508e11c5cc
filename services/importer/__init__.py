"""The importer: computes what a source would change in Numo's roster, and applies it."""
