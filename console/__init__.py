"""The `koppeling` command: what ops and developers do by hand."""
