"""What is known beside the task when it is judged: the day, and the register's format. A rule asks for it, never for a clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from worker.domain.language.sums import is_correction

FORMATS = ("1.05", "1.1", "1.2")  # reference 8.6: `ffdVersion`, in the order of their coming


@dataclass(frozen=True)
class Known:
    """
    What is known of the day and of the register; what is not known is warned about, never assumed.

    Args:
        today: the day of the settlement by the shop's clock.
        ffd: the register's format, one of FORMATS; any other word is as good as none.
        taxation_types: the tax systems that the register is registered for (tag 1062).

    """

    today: date | None = None
    ffd: str | None = None
    taxation_types: frozenset[str] | None = None

    @classmethod
    def remembered(cls, facts: Mapping[str, str]) -> Known:
        """What the line's facts tell of the register, as it was when it was last identified; nothing of the day."""
        systems = facts.get("taxation_types")
        return cls(
            ffd=facts.get("ffd"),
            taxation_types=frozenset(systems.split(" ")) if systems is not None else None,
        )

    def ffd_is_before(self, form: str) -> bool:
        """Whether the register is known to have an older format than this."""
        return self.ffd in FORMATS and FORMATS.index(self.ffd) < FORMATS.index(form)

    def ffd_is_from(self, form: str) -> bool:
        """Whether the register is known to have this format or a newer one."""
        return self.ffd in FORMATS and not self.ffd_is_before(form)

    @property
    def takes_old_corrections(self) -> bool | None:
        """Whether a correction without positions is taken (reference 8.4: FFD 1.05 alone); None when the format is not known."""
        return self.ffd_is_before("1.1") if self.ffd in FORMATS else None

    def day_of(self, body: Mapping[str, Any]) -> date | None:
        """The day whose law the settlement follows: that of the corrected one (tag 1178), else today."""
        if not is_correction(body):
            return self.today
        told = body.get("correctionBaseDate")
        return date(int(told[:4]), int(told[5:7]), int(told[8:10])) if told else None


NOTHING_KNOWN = Known()
