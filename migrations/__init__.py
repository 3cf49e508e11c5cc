"""The history of the one Postgres schema that the services share."""
