"""The catalogue of tasks: what each leaves behind, which fields it has, and which are never done. Source: reference §8, §9."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from worker.domain.language.fields import Field, Shape, each, elements, nested
from worker.domain.language.marks import MARK
from worker.domain.language.shapes import AROUND, CORRECTION, PRINTABLE, RECEIPT, TYPE, WHO
from worker.domain.language.values import choice, day_and_time, flag, money, number, whole
from worker.domain.language.vocabulary import Kind
from worker.domain.refusals import Notes, fold, shown


@dataclass(frozen=True)
class TaskType:
    """A type of task: what it leaves behind, and what it may say."""

    kind: Kind
    shape: Shape


def _tasks(kind: Kind, names: str, fields: Mapping[str, Field] | None = None) -> dict[str, TaskType]:
    shape = Shape({"type": TYPE, **(fields or {})})
    return dict.fromkeys(names.split(), TaskType(kind, shape))


_NUMBERED = {"fiscalDocumentNumber": Field(whole(1), "8.6, tag 1040", required=True)}
_REPORTED = {**WHO, "electronically": Field(flag, "8.5"), **AROUND}
_CASH = {**_REPORTED, "cashSum": Field(money(), "8.5", required=True, matters=True)}
_CHECKED = {
    **MARK,
    "waitForResult": Field(flag, "9.2"),
    "notSendToServer": Field(flag, "9.2"),
    "notFormRequest": Field(flag, "9.2"),
}
_BATCH = {
    "params": Field(each(nested(Shape(_CHECKED))), "9.2", required=True, nested=True),
    "timeout": Field(number, "9.2"),
    "waitForResult": Field(flag, "9.2"),
}

TASKS: Mapping[str, TaskType] = MappingProxyType(
    {
        **dict.fromkeys(("sell", "sellReturn", "buy", "buyReturn"), TaskType(Kind.RECEIPT, RECEIPT)),
        **dict.fromkeys(
            ("sellCorrection", "sellReturnCorrection", "buyCorrection", "buyReturnCorrection"),
            TaskType(Kind.CORRECTION, CORRECTION),
        ),
        **_tasks(Kind.SHIFT, "openShift closeShift", _REPORTED),
        **_tasks(Kind.OFD_REPORT, "reportOfdExchangeStatus", _REPORTED),
        **_tasks(Kind.CASH, "cashIn cashOut", _CASH),
        **_tasks(Kind.REPORT, "reportX reportDepartments reportFnRegistrations", _REPORTED),
        **_tasks(
            Kind.SLIP,
            "nonFiscal",
            {
                **WHO,
                "items": Field(elements(PRINTABLE), "8.6", required=True, nested=True),
                "printFooter": Field(flag, "8.6"),
            },
        ),
        **_tasks(Kind.COPY, "printFnDocument", {**WHO, **_NUMBERED}),
        **_tasks(Kind.COPY, "printLastReceiptCopy continuePrint", WHO),
        **_tasks(
            Kind.COPY,
            "printDocumentsFromJournal",
            {
                **WHO,
                "filter": Field(
                    choice(("shiftNumber", "fiscalDocumentNumber"), required=True), "8.6", required=True
                ),
                "from": Field(whole(), "8.6", required=True),
                "to": Field(whole(), "8.6", required=True),
            },
        ),
        **_tasks(
            Kind.READING,
            "getShiftStatus getCashDrawerStatus getShiftTotals getOverallTotals getDepartmentSum getDeviceInfo"
            " getDeviceStatus getFnInfo getFnStatus getRegistrationInfo getLicenses getMcu ofdExchangeStatus"
            " checkImcWorkState getMarkingCodeValidationStatus checkMarkingCodeValidationsReady checkImcTime pingIsm"
            " ismExchangeStatus",
        ),
        **_tasks(Kind.READING, "getFnDocument", {**_NUMBERED, "withRawData": Field(flag, "8.6")}),
        **_tasks(
            Kind.READING,
            "getDeviceParameters",
            {"keys": Field(each(number), "8.6", required=True, nested=True)},
        ),
        **_tasks(Kind.READING, "getLastFiscalParams", {"forReceipt": Field(flag, "8.6")}),
        **_tasks(
            Kind.MARKING,
            "beginMarkingCodeValidation",
            {"params": Field(nested(Shape(_CHECKED)), "9.2", required=True, nested=True)},
        ),
        **_tasks(Kind.MARKING, "validateMarks addMarksToBuffer", _BATCH),
        **_tasks(
            Kind.MARKING,
            "acceptMarkingCode declineMarkingCode cancelMarkingCodeValidation clearMarkingCodeValidationResult updateFnmKeys",
        ),
        **_tasks(Kind.SERVICE, "openCashDrawer", WHO),
        **_tasks(Kind.SERVICE, "setDateTime", {"dateTime": Field(day_and_time, "8.6", required=True)}),
    }
)

DANGEROUS: Mapping[str, str] = MappingProxyType(  # 8.6: a queue of receipts must not do these, whoever asks
    {
        "registration": "registers the device with the tax service",
        "changeRegistrationParameters": "changes what is registered with the tax service",
        "fnChange": "binds another FN for good",
        "closeArchive": "ends the life of the FN for good",
        "setDeviceParameters": "changes how the register works",
    }
)


def meant_type(name: str, notes: Notes) -> str:
    """`; did you mean …?` for a type that is none; `query…` is the like-named reading (reference 3.6)."""
    reading = "get" + name[len("query") :]
    if name.startswith("query") and reading in TASKS:
        return f"; did you mean {reading!r}? ({shown(name)!r} is a call of the server, not a task)"
    for known in TASKS:
        if fold(known) == fold(name):
            return f"; did you mean {known!r}?"
    return notes.hint(name, tuple(TASKS))
