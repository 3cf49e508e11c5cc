"""What the importer hears about an import as a whole: begin it, and VERDER."""

from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

DIGEST_EXAMPLE = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"


class ImportRequest(BaseModel):
    """Which source to import from: Somtoday, or a file that was uploaded before."""

    model_config = ConfigDict(extra="forbid")

    source: Literal["somtoday", "file"] = Field(examples=["somtoday"])
    file_id: UUID | None = Field(None, description="with source file only", examples=[None])

    @model_validator(mode="after")
    def _file_goes_with_its_source(self) -> Self:
        if (self.source == "file") != (self.file_id is not None):
            msg = "bij source file hoort een file_id, en bij somtoday niet"
            raise ValueError(msg)
        return self


class ApplyRequest(BaseModel):
    """VERDER."""

    model_config = ConfigDict(extra="forbid")

    digest: str = Field(pattern="^[0-9a-f]{64}$", examples=[DIGEST_EXAMPLE])
