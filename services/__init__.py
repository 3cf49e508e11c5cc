"""The services: connector, importer, licensing, and the sandbox that stands in for Somtoday."""
