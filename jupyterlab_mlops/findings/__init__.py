"""What kernel agents say, applied to the store exactly once (docs/contributing/findings.md)."""

from .apply import apply
from .settle import settle
from .spool import drain_spool, ingest, name_files, spool_age_s, spool_of, spooled

__all__ = [
    "apply",
    "drain_spool",
    "ingest",
    "name_files",
    "settle",
    "spool_age_s",
    "spool_of",
    "spooled",
]
