"""
Names that are derived, never drawn (design §2): submission uuids and markers.

Whoever knows a job's id can ask the register about every submission that was ever made, even when all that Redis
knew is gone. The formulas are frozen for ever; `producers/contract/golden-vectors.json` holds examples.
"""

from __future__ import annotations

import base64
import hashlib
import re
from uuid import NAMESPACE_URL, UUID, uuid5

NAMESPACE = uuid5(NAMESPACE_URL, "urn:fiscalq:1")

REGISTER_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
JOB_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
OUR_PREFIX = "fiscalq."  # ids of our own jobs (the autopilot's shift reports, say): refused from outside

MARKER_PREFIX = "fq"
MARKER_LETTERS = 14  # with the prefix they fill the 16 characters of tag 1192
MARKER = re.compile(rf"{MARKER_PREFIX}[a-z2-7]{{{MARKER_LETTERS}}}")


def submission_uuid(register: str, job: str, submission: int) -> UUID:
    """
    The uuid under which submission `submission` (from 1) of `job` is posted to `register`.

    Source: design §2, frozen. The register answers 409 to a uuid that it holds already (reference 7.1), which is
    what makes a repeated submission harmless.
    """
    if submission < 1:
        raise ValueError(f"submissions are counted from 1, not {submission}")
    return uuid5(NAMESPACE, f"{register}:{job}:{submission}")


def marker(register: str, job: str) -> str:
    """The 16 characters that a receipt of `job` carries in tag 1192, so that its document can be told from all others."""
    digest = hashlib.sha1(f"{register}:{job}".encode(), usedforsecurity=False).digest()
    return MARKER_PREFIX + base64.b32encode(digest).decode("ascii").lower()[:MARKER_LETTERS]


def is_marker(text: str) -> bool:
    """Whether an attribute has the form of a marker. The CRM may not write such a one, so that ours are known by it."""
    return (
        MARKER.fullmatch(text.strip()) is not None
    )  # the register gives texts without the blanks around them
