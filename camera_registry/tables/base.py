"""What all tables share."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, MetaData, String

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

TOWN_CODE = String(9)
NAME = String(500)
INCIDENT_ID = String(200)
CREW = String(100)


def camera_key() -> Column[int]:
    """The first column of what is known of each camera."""
    owner = ForeignKey("cameras.id", ondelete="CASCADE")
    return Column("camera_id", Integer, owner, primary_key=True, autoincrement=False)
