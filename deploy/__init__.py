"""How the services run: on this machine from wheels, and in production."""
