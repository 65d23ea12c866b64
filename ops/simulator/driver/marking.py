"""Marking codes of FFD 1.2: the register's one place for a code in work, and the table of accepted ones (reference §9)."""

from __future__ import annotations

from ops.simulator import errors
from ops.simulator.driver.errand import SLOW_SECONDS, Errand
from ops.simulator.errors import DriverError
from ops.simulator.jsontext import Fields
from ops.simulator.vocabulary import CHECK_FLAGS

RECEIPT_TIMEOUT_SECONDS = 60.0  # per code, when the receipt validates its own (9.3)


class Marking:
    """The marking side of one register; it forgets with the process, as the register's RAM does."""

    def __init__(self) -> None:
        self._code: str | None = None
        self._polls = 0
        self._flags: Fields = {}
        self._sold = 0

    def knows(self, kind: str) -> bool:
        """Say whether a task type is about marking."""
        return kind in self._TASKS

    def run(self, task: Fields, errand: Errand) -> Fields | list[Fields] | None:
        """Do one marking task. Raises: DriverError 401, 410, 422 when it comes out of turn."""
        errand.spend("read")
        method = self._TASKS[task["type"]]
        result: Fields | list[Fields] | None = getattr(self, method)(task, errand)
        return result

    def validate_receipt(self, task: Fields, errand: Errand) -> list[Fields]:
        """
        Validate the codes of a receipt before it is opened (9.3).

        Raises: DriverError 421 when a code takes longer than 60 s, 403 when a flag is false.
        """
        checked = []
        for item in task.get("items") or []:
            if item.get("imcParams"):
                flags = self._check(item["imcParams"]["imc"], errand, RECEIPT_TIMEOUT_SECONDS)
                if not all(flags[flag] for flag in CHECK_FLAGS[:4]):
                    raise DriverError(errors.VALIDATION_CANCELED)
                checked.append({"itemInfoCheckResult": flags})
        return checked

    def _check(self, code: str, errand: Errand, timeout: float) -> Fields:
        slow = errand.strike("marking")
        seconds = (SLOW_SECONDS if slow.seconds is None else slow.seconds) if slow else 0
        errand.spend("mark")
        errand.stopping.wait(min(seconds, timeout))
        if seconds > timeout:
            raise DriverError(errors.MARK_CHECK_TIMEOUT)
        bad = bool(errand.strike("mark_verdict")) or code in errand.register.condition.bad_marks
        return {**dict.fromkeys(CHECK_FLAGS, not bad), "imcCheckFlag": True, "ecrStandAloneFlag": False}

    def _begin(self, task: Fields, errand: Errand) -> Fields:
        if self._code is not None:
            raise DriverError(errors.CHECKING_MARK)
        code = task["params"]["imc"]
        self._flags = self._check(code, errand, SLOW_SECONDS)
        self._code, self._polls = code, 0
        verdict = {
            "fmCheck": True,
            "fmCheckResult": self._flags["imcCheckResult"],
            "fmCheckErrorReason": "checked",
        }
        return {"offlineValidation": verdict}

    def _status(self, _task: Fields, _errand: Errand) -> Fields:
        self._must_be_in_work()
        self._polls += 1
        # The answer of the marking server comes with the second look, so that a client has to poll.
        ready = self._polls > 1
        status: Fields = {
            "ready": ready,
            "sentImcRequest": True,
            "driverError": {"code": 0, "description": errors.TEXTS[errors.OK], "error": "ok"},
        }
        if ready:
            good = self._flags["imcCheckResult"]
            status["onlineValidation"] = {
                "itemInfoCheckResult": self._flags,
                "markOperatorItemStatus": "itemEstimatedStatusCorrect",
                "markOperatorResponse": {"responseStatus": "success", "itemStatusCheck": good},
                "markOperatorResponseResult": "correct" if good else "incorrect",
                "imcType": "imcFmVerifyCode44",
                "imcModeProcessing": 0,
            }
        return status

    def _accept(self, _task: Fields, _errand: Errand) -> Fields:
        self._must_be_in_work()
        self._code = None
        self._sold += 1
        return {"itemInfoCheckResult": self._flags}

    def _drop(self, _task: Fields, _errand: Errand) -> None:
        self._must_be_in_work()
        self._code = None

    def _clear(self, _task: Fields, _errand: Errand) -> None:
        self._code = None

    def _all_ready(self, _task: Fields, _errand: Errand) -> Fields:
        return {"ready": self._code is None}

    def _work_state(self, _task: Fields, _errand: Errand) -> Fields:
        return {
            "fm": {
                "status": "noImcForCheck" if self._code is None else "receivedImc",
                "checkingCount": int(self._code is not None),
                "soldImcCount": self._sold,
                "noticeIsBegin": False,
                "noticeFreeMemory": "less50",
                "noticeUnsentCount": 0,
            },
            "ecr": {
                "status": "notExecuted" if self._code is None else "executed",
                "type": "none",
                "stage": "none",
            },
        }

    def _validate(self, task: Fields, errand: Errand) -> list[Fields]:
        timeout = float(task.get("timeout") or SLOW_SECONDS * 1000) / 1000
        return [
            {"itemInfoCheckResult": self._check(mark["imc"], errand, timeout), "driverError": {"code": 0}}
            for mark in task["params"]
        ]

    def _ping(self, _task: Fields, _errand: Errand) -> Fields:
        return {"ready": True}

    def _must_be_in_work(self) -> None:
        if self._code is None:
            raise DriverError(errors.MARKING_STATE)

    _TASKS = {  # noqa: RUF012 - read only
        "beginMarkingCodeValidation": "_begin",
        "getMarkingCodeValidationStatus": "_status",
        "acceptMarkingCode": "_accept",
        "declineMarkingCode": "_drop",
        "cancelMarkingCodeValidation": "_clear",
        "clearMarkingCodeValidationResult": "_clear",
        "checkMarkingCodeValidationsReady": "_all_ready",
        "checkImcWorkState": "_work_state",
        "validateMarks": "_validate",
        "pingIsm": "_ping",
        "updateFnmKeys": "_clear",
    }
