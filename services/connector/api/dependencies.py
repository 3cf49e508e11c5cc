"""What the connector's routers need, found on the app."""

from typing import Annotated

from fastapi import Depends

from services.connector.application.stream_roster import RosterSource
from shared.app_parts import part_of_app
from shared.crypto import SecretBox

Box = Annotated[SecretBox, Depends(part_of_app("box"))]
Source = Annotated[RosterSource, Depends(part_of_app("roster_source"))]
