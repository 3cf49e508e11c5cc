"""The Dutch mails about licenses that run out."""
