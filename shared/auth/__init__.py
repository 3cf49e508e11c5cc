"""Who calls: Numo users by OIDC token, Kurve ops and other products by API key."""
