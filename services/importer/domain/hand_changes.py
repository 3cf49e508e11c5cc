"""What may be changed by hand in Numo: never what tells who somebody is, that is the source's."""

HAND_FIELDS = (
    "given_name",
    "prefix",
    "family_name",
    "email",
    "username",
    "leerjaar",
    "onderwijssoort",
    "vestiging_code",
)
