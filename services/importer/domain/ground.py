"""What a plan follows from besides the document and the roster: decisions, and these very rules."""

import hashlib
import json
from functools import cache
from pathlib import Path

from services.importer.domain.decisions import Decisions

_ROOT = Path(__file__).parents[3]
# Whatever turns a document into a plan, and a plan into a roster: had an earlier release written
# less than it should, the same document would have more to say. What the API shows changes neither.
RULES = (
    "services/importer/application",
    "services/importer/domain",
    "services/importer/sources",
    "services/importer/store",
    "shared/roster",
)


def ground_of(decisions: Decisions) -> str:
    """The digest of all of it: another release, or another decision, may plan something else."""
    said = sorted(
        (name, one.verdict, str(one.subject_id), str(one.label)) for name, one in decisions.items()
    )
    return hashlib.sha256(json.dumps([_rules(), said]).encode()).hexdigest()


@cache
def _rules() -> str:
    digest = hashlib.sha256()
    for folder in RULES:
        for path in sorted((_ROOT / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
