"""What a school reads of its koppeling, by state: Dutch, for a school administrator."""

from services.connector.domain.koppeling import State

_MESSAGES = {
    State.REQUESTED: "De koppeling is aangevraagd. Kurve kijkt nu in Somtoday hoe zij daar staat.",
    State.WAITING: "Maak in Somtoday de Connectkoppeling aan, met de vestigingen en de verplichte "
    "datavelden. Daarna wordt de koppeling vanzelf actief.",
    State.SCHEDULED: "De koppeling begint op de afgesproken begindatum. Tot die dag wordt niets "
    "uit Somtoday opgehaald.",
    State.ACTIVE: "De koppeling is actief. U kunt leerlingen en docenten uit Somtoday importeren.",
    State.DEGRADED: "Somtoday geeft op dit moment niet wat nodig is. Kurve probeert het steeds "
    "opnieuw; wat al in {product} staat, blijft staan.",
    State.PAUSED: "Kurve heeft de koppeling gepauzeerd. Wat al in {product} staat, blijft staan.",
    State.EXPIRED: "De einddatum van de koppeling is voorbij. Vraag Kurve om een nieuwe periode; "
    "wat al in {product} staat, blijft staan.",
    State.REVOKED: "De koppeling is in Somtoday ingetrokken. Maakt u haar daar opnieuw aan, dan "
    "wordt zij vanzelf weer actief; wat al in {product} staat, blijft staan.",
    State.ENDED: "De koppeling is beëindigd. Niemand is daardoor in {product} gearchiveerd.",
}


def school_message(state: State, product: str) -> str:
    """What a school reads in a state; `product` is the product's name as schools know it."""
    return _MESSAGES[state].format(product=product)
