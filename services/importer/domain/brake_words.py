"""What a brake's sentence calls people, groups and their fields, in Dutch."""

from shared.roster.document import GroupKind, MemberRole, PersonRole

MEMBERS: dict[str, str] = {
    MemberRole.PUPIL: "leerlingen",
    MemberRole.TEACHER: "docenten",
    MemberRole.MENTOR: "mentoren",
}
ROLES: dict[str, str] = {
    PersonRole.PUPIL: "leerlingen",
    PersonRole.EMPLOYEE: "medewerkers",
    GroupKind.STAMGROEP: "stamgroepen",
    GroupKind.LESGROEP: "lesgroepen",
}
FIELDS = {
    "source_key": "het kenmerk in Somtoday",
    "pupil_number": "het leerlingnummer",
    "employee_code": "de docentcode",
    "given_name": "de roepnaam",
    "prefix": "het tussenvoegsel",
    "family_name": "de achternaam",
    "email": "het e-mailadres",
    "username": "de gebruikersnaam",
    "eck_id": "het ECK iD",
    "real_id": "de RealId",
    "leerjaar": "het leerjaar",
    "onderwijssoort": "de onderwijssoort",
    "vestiging_code": "de vestiging",
    "name": "de naam",
    "vak": "het vak",
    "schooljaar": "het schooljaar",
}
