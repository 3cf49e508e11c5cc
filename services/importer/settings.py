"""The importer's settings."""

from pydantic import Field, SecretStr

from shared.settings import ServiceSettings


class ImporterSettings(ServiceSettings, env_prefix="IMPORTER_"):
    """What the importer and its worker read from IMPORTER_… variables."""

    product: str = Field(
        "numo", description="the Kurve product whose roster this is; keys of others may not see it"
    )
    connector_url: str = Field(description="base URL of the connector's API")
    connector_api_key: SecretStr = Field(description="API key with scope roster:read")
    lease_seconds: float = Field(
        10.0, gt=0, description="a worker that is silent for this long has lost its run"
    )
    most_claims: int = Field(5, ge=1, description="times a run may be begun before it is given up")
    sweep_seconds: int = Field(3, ge=1, le=60, description="between two looks for lost imports")
    drain_seconds: int = Field(5, ge=1, le=60, description="between two looks into the outbox")
    schedule_seconds: int = Field(
        60, ge=1, le=60, description="between two looks for scheduled imports"
    )
    absent_twice_hours: float = Field(
        12.0,
        gt=0,
        description="hours between two fetches of Somtoday in which somebody must be absent before "
        "a scheduled import archives them",
    )
    koppeling_end_answer_days: int = Field(
        30, ge=1, description="days that a school has to say what becomes of its people"
    )
    plan_keep_days: float = Field(
        14.0, gt=0, description="a plan that nobody applied expires after this"
    )
    plan_left_hours: float = Field(
        24.0,
        gt=0,
        description="a plan in which somebody chose, and that nobody touched for so long, keeps no "
        "scheduled import waiting",
    )
    reconcile_from_hour: int = Field(
        5,
        ge=0,
        le=24,
        description="hour in the Netherlands from which rosters are proven each day; 24: never",
    )
    koppeling_end_most_days: int = Field(
        180, ge=1, description="days after a koppeling's end to which a school may put its answer"
    )
    upload_limit_bytes: int = Field(50 * 1024 * 1024, ge=1, description="largest file")
    upload_keep_hours: float = Field(
        24.0, gt=0, description="a file that waits for its import is thrown away after this"
    )
    problems_keep_days: float = Field(
        30.0, gt=0, description="how long bad rows, with their values, can be looked at"
    )
    stage_batch_lines: int = Field(5000, ge=1, description="records staged per transaction")
    event_poll_seconds: float = Field(
        0.25, gt=0, description="how often a stream of events looks for progress"
    )
