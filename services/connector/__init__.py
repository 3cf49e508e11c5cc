"""The connector: owns Somtoday's OAuth and every koppeling, and streams the roster document."""
