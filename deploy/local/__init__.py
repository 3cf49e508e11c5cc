"""The throw-away environment of this machine: Postgres, Redis, inbox, issuer and the services."""
