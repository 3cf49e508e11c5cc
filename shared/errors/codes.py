"""Every error a caller can meet: its stable code, HTTP status, title and Dutch explanation.

The code is the contract: it is never renamed. `title` is for developers, `detail` is what a
school administrator may be shown; both are without personal data.
"""

from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus


@dataclass(frozen=True)
class ErrorSpec:
    """What is fixed about one kind of error."""

    status: HTTPStatus
    title: str
    detail: str


class ErrorCode(Enum):
    """The registry; the member's name in lower case is the `code` of the problem document."""

    # Errors of any service.
    INVALID_REQUEST = ErrorSpec(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The request is not valid",
        "Het verzoek klopt niet; bij de velden staat wat er niet goed is.",
    )
    NOT_AUTHENTICATED = ErrorSpec(
        HTTPStatus.UNAUTHORIZED,
        "No valid token or API key",
        "U bent niet (meer) aangemeld. Meld u opnieuw aan.",
    )
    NOT_ALLOWED = ErrorSpec(
        HTTPStatus.FORBIDDEN,
        "The caller may not do this",
        "U heeft geen rechten om dit te doen.",
    )
    NOT_FOUND = ErrorSpec(
        HTTPStatus.NOT_FOUND,
        "No such thing",
        "Dit bestaat niet, of u mag het niet zien.",
    )
    METHOD_NOT_ALLOWED = ErrorSpec(
        HTTPStatus.METHOD_NOT_ALLOWED,
        "Method not allowed here",
        "Dit kan niet op deze manier worden opgevraagd.",
    )
    REQUEST_REFUSED = ErrorSpec(
        HTTPStatus.BAD_REQUEST,
        "The request was refused",
        "Het verzoek kon niet worden gelezen.",
    )
    BODY_TOO_LARGE = ErrorSpec(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "The request body is too large",
        "Het bestand of bericht is te groot.",
    )
    IDEMPOTENCY_KEY_REUSED = ErrorSpec(
        HTTPStatus.CONFLICT,
        "Idempotency key used before with another request",
        "Deze aanvraag is al eerder gedaan met een andere inhoud.",
    )
    IF_MATCH_REQUIRED = ErrorSpec(
        HTTPStatus.PRECONDITION_REQUIRED,
        "If-Match with the ETag that was read is required",
        "Bekijk eerst wat er nu staat, en wijzig het daarna.",
    )
    INTERNAL_ERROR = ErrorSpec(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Something failed on our side",
        "Er ging bij ons iets mis. Probeer het later opnieuw; er is niets verloren gegaan.",
    )
    UNAVAILABLE = ErrorSpec(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "A part we depend on is away",
        "De dienst is even niet bereikbaar. Probeer het over een paar minuten opnieuw.",
    )

    # Errors of the connector.
    KOPPELING_NOT_ACTIVE = ErrorSpec(
        HTTPStatus.CONFLICT,
        "The koppeling is not active",
        "De koppeling met Somtoday is niet actief; er kunnen nu geen gegevens worden opgehaald.",
    )
    TRANSITION_NOT_POSSIBLE = ErrorSpec(
        HTTPStatus.CONFLICT,
        "The koppeling's state does not allow this",
        "Dit kan niet in de huidige toestand van de koppeling.",
    )
    KOPPELING_CHANGED = ErrorSpec(
        HTTPStatus.PRECONDITION_FAILED,
        "What is stated of the koppeling changed since it was read",
        "Iemand anders heeft de koppeling intussen gewijzigd. Bekijk de koppeling opnieuw.",
    )
    ORGANISATION_NOT_A_CANDIDATE = ErrorSpec(
        HTTPStatus.CONFLICT,
        "Not one of the organisations that Somtoday lists for this school",
        "Deze organisatie hoort volgens Somtoday niet bij het BRIN-nummer van de school.",
    )
    PRODUCT_UNKNOWN = ErrorSpec(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "No such product",
        "Dit product bestaat niet.",
    )
    SOURCE_UNAVAILABLE = ErrorSpec(
        HTTPStatus.BAD_GATEWAY,
        "The source does not answer as it should",
        "Somtoday geeft op dit moment geen bruikbaar antwoord. Probeer het later opnieuw.",
    )

    # Errors of the importer.
    IMPORT_RUNNING = ErrorSpec(
        HTTPStatus.CONFLICT,
        "Another import of this school is running",
        "Er loopt al een import voor deze school. Wacht tot die klaar is.",
    )
    IMPORT_NOT_READY = ErrorSpec(
        HTTPStatus.CONFLICT,
        "The import is not in the right state for this",
        "Deze import is (nog) niet klaar voor deze stap.",
    )
    ROSTER_CHANGED = ErrorSpec(
        HTTPStatus.CONFLICT,
        "The roster changed since the plan was made",
        "De gegevens in Numo zijn intussen veranderd. Haal de gegevens opnieuw op.",
    )
    PLAN_STALE = ErrorSpec(
        HTTPStatus.CONFLICT,
        "The source was read too long ago for the plan to be applied",
        "Dit overzicht is van meer dan een dag geleden. De gegevens worden opnieuw opgehaald; "
        "bekijk daarna wat er anders is.",
    )
    PLAN_DIFFERS = ErrorSpec(
        HTTPStatus.CONFLICT,
        "The digest is not that of the plan",
        "Dit is niet (meer) het overzicht dat u zag. Bekijk de wijzigingen opnieuw.",
    )
    CHOICE_CHANGED = ErrorSpec(
        HTTPStatus.PRECONDITION_FAILED,
        "The choice changed since it was read",
        "Iemand anders heeft intussen een keuze gemaakt. Bekijk de keuze opnieuw.",
    )
    SOURCE_INCOMPLETE = ErrorSpec(
        HTTPStatus.BAD_GATEWAY,
        "The source did not deliver a complete roster",
        "De bron leverde geen volledige gegevens; er is niets gewijzigd.",
    )
    SOURCE_EMPTY = ErrorSpec(
        HTTPStatus.BAD_GATEWAY,
        "The source delivered nobody",
        "De bron leverde geen personen; er is niets gewijzigd.",
    )
    SOURCE_STALE = ErrorSpec(
        HTTPStatus.BAD_GATEWAY,
        "The source is older than what was imported before",
        "De gegevens van de bron zijn ouder dan wat al is ingelezen; er is niets gewijzigd.",
    )
    SOURCE_OF_ANOTHER_SCHOOL = ErrorSpec(
        HTTPStatus.BAD_GATEWAY,
        "The source speaks of another school",
        "De bron levert gegevens van een andere school dan deze; er is niets gewijzigd. Neem "
        "contact op met Kurve.",
    )
    BRAKE_NOT_CONFIRMED = ErrorSpec(
        HTTPStatus.CONFLICT,
        "A brake of the plan was not confirmed",
        "Dit overzicht wijzigt ongewoon veel. Bevestig eerst, met een reden, dat dit klopt.",
    )
    DECISION_NOT_POSSIBLE = ErrorSpec(
        HTTPStatus.CONFLICT,
        "This cannot be decided of the conflict",
        "Deze keuze is bij deze vraag niet mogelijk.",
    )
    PERSON_CHANGED = ErrorSpec(
        HTTPStatus.PRECONDITION_FAILED,
        "The person changed since it was read",
        "De gegevens van deze persoon zijn intussen veranderd. Bekijk ze opnieuw.",
    )
    MERGE_NOT_POSSIBLE = ErrorSpec(
        HTTPStatus.CONFLICT,
        "These two people cannot become one",
        "Deze twee personen kunnen niet worden samengevoegd.",
    )
    MERGE_NEEDS_GROUND = ErrorSpec(
        HTTPStatus.CONFLICT,
        "Something says that these are two people: a ground is required",
        "De gegevens spreken tegen dat dit één persoon is. Geef aan waarom u het zeker weet.",
    )
    SCHEDULE_CHANGED = ErrorSpec(
        HTTPStatus.PRECONDITION_FAILED,
        "The schedule changed since it was read",
        "Iemand anders heeft intussen gewijzigd wanneer er automatisch wordt geïmporteerd. Bekijk "
        "het opnieuw.",
    )
    FILE_NOT_READABLE = ErrorSpec(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The file is not a readable list of people",
        "Dit bestand kan niet worden gelezen als lijst van leerlingen of medewerkers.",
    )
    FILE_NOT_TRUSTED = ErrorSpec(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The file is not the whole list of this school today",
        "Dit bestand is niet de volledige lijst van deze school; er is niets gewijzigd.",
    )
    MAPPING_CHANGED = ErrorSpec(
        HTTPStatus.PRECONDITION_FAILED,
        "The columns of the file were mapped anew since they were read",
        "Iemand anders heeft intussen de kolommen aangepast. Bekijk ze opnieuw.",
    )

    # Errors of licensing.
    NO_LICENSE_LEFT = ErrorSpec(
        HTTPStatus.CONFLICT,
        "No license left",
        "De licenties van uw school zijn op. Neem contact op met Kurve om licenties bij te kopen.",
    )
    LICENSE_NOT_RELEASABLE = ErrorSpec(
        HTTPStatus.CONFLICT,
        "The license may not be released",
        "Deze licentie kan niet worden vrijgegeven.",
    )
    LICENSE_PRODUCT_UNKNOWN = ErrorSpec(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "No such license product",
        "Deze licentie bestaat niet.",
    )
    PERSON_UNKNOWN = ErrorSpec(
        HTTPStatus.NOT_FOUND,
        "No such active person at this school",
        "Deze leerling is niet bekend of niet actief bij deze school.",
    )

    @property
    def code(self) -> str:
        """The stable code in the problem document."""
        return self.name.lower()
