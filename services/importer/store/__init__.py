"""The importer's SQL."""
