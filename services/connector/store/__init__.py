"""The connector's SQL."""
