"""Where rosters come from: the connector's stream and CSV files."""
