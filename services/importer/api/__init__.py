"""The importer's HTTP front door."""
