"""The connector's HTTP front door."""
