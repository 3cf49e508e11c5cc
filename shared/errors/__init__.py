"""The one registry of refusals and the exception that carries one."""
