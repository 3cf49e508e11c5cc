"""Dutch first names and surnames, with tussenvoegsels and diacritics, and subject lists."""

BOYS = (
    "Noah", "Daan", "Sem", "Lucas", "Finn", "Levi", "Luuk", "Bram", "Thijs", "Jesse",
    "Daniël", "Noël", "Raphaël", "Joël", "Mohammed", "Yusuf", "Ömer", "Çağan", "Søren", "José",
    "Jan-Willem", "Pieter", "Sjoerd", "Wytze", "Jurriaan", "Rayan", "Bilal", "Tijn", "Guus", "Rémi",
)  # fmt: skip
GIRLS = (
    "Emma", "Sophie", "Julia", "Noor", "Fenna", "Chloë", "Zoë", "Renée", "Anaïs", "Loïs",
    "Femke", "Sanne", "Lotte", "Fleur", "Roos", "Ayşe", "Özlem", "Fatima", "Yasmin", "Anne-Fleur",
    "Marijke", "Hiske", "Jildou", "Zeynep", "Nour", "Maëlle", "Eliška", "Isa", "Pien", "Saar",
)  # fmt: skip
SURNAMES = (
    ("", "Jansen"), ("", "Bakker"), ("", "Visser"), ("", "Smit"), ("", "Meijer"), ("", "Mulder"),
    ("de", "Vries"), ("de", "Boer"), ("de", "Groot"), ("de", "Wit"), ("de", "Haan"),
    ("van", "Dijk"), ("van", "Leeuwen"), ("van", "Vliet"), ("van", "Beek"),
    ("van der", "Plas"), ("van der", "Meer"), ("van der", "Linden"), ("van de", "Ven"),
    ("van den", "Berg"), ("van den", "Heuvel"), ("van 't", "Hof"), ("in 't", "Veld"),
    ("op den", "Camp"), ("ten", "Brink"), ("ter", "Horst"), ("'t", "Hart"), ("de la", "Fuente"),
    ("el", "Amrani"), ("", "Benali"),
    ("", "Y\N{LATIN SMALL LETTER DOTLESS I}lmaz"), ("", "Öztürk"), ("", "Kaya"),
    ("", "Nguyễn"),
    ("", "Gonçalves"), ("", "Peña"), ("", "Müller"), ("", "Kowalczyk"), ("", "Dvořák"),
    ("", "Bakker-de Groot"), ("van", "Oorschot-Peters"), ("", "O'Brien"), ("", "D'Hondt"),
    ("", "Hoekstra"), ("", "Dijkstra"), ("", "Terpstra"), ("", "Wiarda"), ("", "Postma"),
    ("", "Schouten"), ("", "Kuipers"), ("", "Willems"), ("", "Peeters"), ("", "Maes"),
    ("", "Rietveld"), ("", "Zonneveld"), ("", "Blom"), ("", "Koning"), ("", "Prins"),
)  # fmt: skip

NEW_SURNAMES = ("Waterman", "Plasdijk", "Kaderooij", "Zandstra", "Veenhof", "Oeverink", "Dijkgraaf")
"""Surnames that only a name change hands out, so that a change is always one."""

STREETS = ("Verzonnenlaan", "Nergensweg", "Bedachtestraat", "Schijnkade", "Proefplein")
TOWNS = ("Nergenshuizen", "Verzonnendam", "Schijnmeer")

VAKKEN = (
    ("ne", "Nederlands", "010"), ("en", "Engels", "020"), ("wi", "Wiskunde", "030"),
    ("lo", "Lichamelijke opvoeding", "040"), ("bio", "Biologie", "050"),
    ("ak", "Aardrijkskunde", "060"), ("gs", "Geschiedenis", "070"), ("fa", "Frans", "080"),
    ("du", "Duits", "090"), ("ec", "Economie", "100"), ("na", "Natuurkunde", "110"),
    ("sk", "Scheikunde", "120"), ("bv", "Beeldende vorming", "130"), ("mu", "Muziek", "140"),
)  # fmt: skip
CORE = ("ne", "en", "wi", "lo")
LOWER = (*CORE, "bio", "ak", "gs", "fa", "bv")
ELECTIVES = ("bio", "ak", "gs", "fa", "du", "ec", "na", "sk", "mu")

TRACKS = {
    "VMBO-B": ("b", 4, "0101"),
    "VMBO-K": ("k", 4, "0102"),
    "VMBO-G": ("g", 4, "0103"),
    "VMBO-T": ("t", 4, "0104"),
    "HAVO": ("h", 5, "0105"),
    "VWO": ("v", 6, "0106"),
}
"""Per onderwijssoort: the letter in class names, the number of leerjaren, an invented code."""
