"""
What each JSON task may say: one table of fields with types, limits and the source of each rule.

Sources are sections of the register's reference and tags of the FFD. Rules between fields (sums, VAT, payments) are in
receipts.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from worker.domain.fields import (
    Field,
    Reader,
    Shape,
    base64_text,
    calendar_date,
    choice,
    each,
    flag,
    inn,
    missing,
    money,
    nested,
    number,
    read_object,
    text,
    whole,
    wrong_type,
)
from worker.domain.refusals import Location, Notes, fold, hint, shown
from worker.domain.vocabulary import (
    AGENTS,
    ALIGNMENTS,
    BARCODES,
    IMC_TYPES,
    ITEM_STATUSES,
    MEASUREMENT_UNITS,
    NEWER_BARCODES,
    NEWER_ITEM_STATUSES,
    PAYMENT_METHODS,
    PAYMENT_OBJECTS,
    PAYMENT_TYPES,
    PRODUCT_CODES,
    RATES,
    TAXATION_TYPES,
    WRAPS,
    Kind,
)

QUANTITY_MIN = Decimal("0.001")  # 8.1
QUANTITY_PLACES = 3  # 8.1: what every register keeps …
QUANTITY_PLACES_NEWER = 6  # … and what newer firmware keeps
QUANTITY_MAX = 10**9  # beyond any scale; keeps price × quantity readable
DUST = Decimal("1e-9")  # what binary fractions leave behind: 0.30000000000000004
MONEY_NAMES = frozenset({"price", "amount", "sum", "quantity", "tax"})  # an element with one of these is no decoration


# Values of more than one form


def quantity(value: Any, at: Location, notes: Notes) -> int | Decimal | None:
    """A count or weight, as said; the dust of binary fractions is wiped off."""
    found = number(value, at, notes)
    if found is None:
        return None
    clean = Decimal(found)
    places = -int(clean.as_tuple().exponent)
    if places > QUANTITY_PLACES_NEWER:
        rounded = round(clean, QUANTITY_PLACES_NEWER)
        if abs(rounded - clean) < DUST:
            notes.warn(at, "unrounded", f"{found} is sent as {rounded.normalize():f}: round before sending")
            clean = Decimal(f"{rounded.normalize():f}")
        else:
            notes.warn(at, "quantity_places", f"registers keep {QUANTITY_PLACES} decimals, newer ones 6: round yourself")
    elif places > QUANTITY_PLACES and clean != round(clean, QUANTITY_PLACES):
        notes.warn(at, "quantity_places", f"only newer registers keep more than {QUANTITY_PLACES} decimals")
    if not QUANTITY_MIN <= clean <= QUANTITY_MAX:
        notes.refuse(at, "out_of_range", f"a quantity is at least {QUANTITY_MIN}; a return is a task of its own")
        return None
    return found if clean == found else clean


def measurement_unit(value: Any, at: Location, notes: Notes) -> str | int | Decimal | None:
    """A name or number of FFD 1.2, or the free text of FFD 1.1 and before (tag 1197)."""
    if isinstance(value, str):
        if value and value not in MEASUREMENT_UNITS and value not in _UNIT_NUMBERS:
            near_miss = hint(value, tuple(MEASUREMENT_UNITS)) if value.isascii() else ""
            notes.warn(at, "unit_text", f"FFD 1.2 knows no unit {shown(value)!r}; only FFD 1.05 and 1.1 print it{near_miss}")
        return value
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        wrong_type(value, "a string or a number", at, notes)
        return None
    found = number(value, at, notes)
    if found is not None and found not in MEASUREMENT_UNITS.values():
        notes.warn(at, "unit_number", f"{found} is no unit of FFD 1.2: see tag 2108")
    return found


_UNIT_NUMBERS = frozenset(str(code) for code in MEASUREMENT_UNITS.values())


def name_or_number(names: tuple[str, ...], newer: frozenset[str] = frozenset()) -> Reader:
    """A name out of a list, or a number, which the vendor's validator takes unseen."""
    named = choice(names, newer=newer)

    def reader(value: Any, at: Location, notes: Notes) -> Any:
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            notes.warn(at, "number_for_name", "some drivers ignore a number here: write the name")
            return number(value, at, notes)
        return named(value, at, notes)

    return reader


def fraction(value: Any, at: Location, notes: Notes) -> str | None:
    """A part of a pack, "1/2" (tag 1291)."""
    found = text()(value, at, notes)
    parts = re.fullmatch(r"(\d{1,9})/(\d{1,9})", found or "", re.ASCII)
    if found and (parts is None or not 0 < int(parts[1]) < int(parts[2])):
        notes.refuse(at, "bad_fraction", f"{shown(found)!r} is no part of a pack: write it as '1/2'")
    return found


def nomenclature_code(value: Any, at: Location, notes: Notes) -> Any:
    """Bytes as base64, or the old object form (FFD 1.1 and before)."""
    if isinstance(value, str):
        return base64_text(strict=False)(value, at, notes)
    return read_object(value, at, notes, NOMENCLATURE)


def product_codes(value: Any, at: Location, notes: Notes) -> dict[str, Any] | None:
    """Either `codes` or the typed keys (501 for both and for neither)."""
    found = read_object(value, at, notes, CODES)
    if found is not None:
        typed = any(not missing(value.get(name)) for name in PRODUCT_CODES)
        if typed is not missing(value.get("codes")):
            notes.refuse((*at, "codes[]"), "codes_clash", "say either `codes` or typed codes, and one of them at least")
    return found


def elements(shapes: Mapping[str, Shape], *, unsaid: str | None = None) -> Reader:
    """
    An array of elements that say their type.

    What the vendor does not know there it skips in silence: a text may be lost that way, money may not.

    Args:
        shapes: by type.
        unsaid: the type of an element that says none.

    """

    def reader(value: Any, at: Location, notes: Notes) -> Any:
        if not isinstance(value, dict):
            wrong_type(value, "an object", at, notes)
            return None
        said = value.get("type")
        if missing(said):
            if unsaid is None:
                notes.refuse((*at, "type"), "missing", f"required: one of {', '.join(shapes)}")
                return None
            said = unsaid
            value = {**value, "type": unsaid}
        if not isinstance(said, str):
            wrong_type(said, "a string", (*at, "type"), notes)
        elif said in shapes:
            return read_object(value, at, notes, shapes[said])
        else:
            meant = hint(said, tuple(shapes))
            if MONEY_NAMES & value.keys():
                notes.refuse((*at, "type"), "unknown_value", f"the register would skip {shown(said)!r} with its money{meant}")
            else:
                notes.warn((*at, "type"), "unknown_element", f"the register skips {shown(said)!r}{meant}")
        return value

    return each(reader)


# The table

OPERATOR = Shape(
    {
        "name": Field(text(64, wanted=True), "8.1, tag 1021", required=True),
        "vatin": Field(inn(12), "8.1, tag 1203"),
    }
)
TYPE = Field(text(), "8.2", required=True, matters=True)
WHO: Mapping[str, Field] = {"type": TYPE, "operator": Field(nested(OPERATOR), "8.1, tag 1021", nested=True)}

TEXT = Shape(
    {
        "type": TYPE,
        "text": Field(text(), "8.3"),
        "alignment": Field(choice(ALIGNMENTS), "8.3"),
        "wrap": Field(choice(WRAPS), "8.3"),
        "font": Field(number, "8.3"),
        "doubleWidth": Field(flag, "8.3"),
        "doubleHeight": Field(flag, "8.3"),
        "storeInJournal": Field(flag, "8.3"),
    }
)
BARCODE = Shape(
    {
        "type": TYPE,
        "barcode": Field(text(wanted=True), "8.3", required=True),
        "barcodeType": Field(choice(BARCODES, newer=NEWER_BARCODES, required=True), "8.3", required=True),
        "alignment": Field(choice(ALIGNMENTS), "8.3"),
        "scale": Field(number, "8.3"),
        "height": Field(number, "8.3"),
        "printText": Field(flag, "8.3"),
        "overlay": Field(elements({"text": TEXT}), "8.3", nested=True),
    }
)
PRINTABLE: Mapping[str, Shape] = {
    "text": TEXT,
    "barcode": BARCODE,
    "pictureFromMemory": Shape(
        {
            "type": TYPE,
            "pictureNumber": Field(number, "8.3", required=True),
            "alignment": Field(choice(ALIGNMENTS), "8.3"),
        }
    ),
    "pixels": Shape(
        {
            "type": TYPE,
            "pixels": Field(base64_text(strict=True), "8.3", required=True),
            "width": Field(number, "8.3", required=True),
            "scale": Field(number, "8.3"),
            "alignment": Field(choice(ALIGNMENTS), "8.3"),
        }
    ),
}
AROUND: Mapping[str, Field] = {
    "preItems": Field(elements(PRINTABLE), "8.2", nested=True),
    "postItems": Field(elements(PRINTABLE), "8.2", nested=True),
}

PHONES = Field(each(text(19)), "8.3, tags 1073 to 1075, 1171", nested=True)
AGENT = Shape(
    {
        "agents": Field(each(choice(AGENTS, required=True)), "8.3, tags 1057, 1222", nested=True, matters=True),
        "agentsPrint": Field(flag, "8.3"),
        "agentDataPrint": Field(flag, "8.3"),
        "payingAgent": Field(
            nested(Shape({"operation": Field(text(24), "8.3, tag 1044"), "phones": PHONES})), "8.3", nested=True
        ),
        "receivePaymentsOperator": Field(nested(Shape({"phones": PHONES})), "8.3, tag 1074", nested=True),
        "moneyTransferOperator": Field(
            nested(
                Shape(
                    {
                        "phones": PHONES,
                        "name": Field(text(64), "8.3, tag 1026"),
                        "address": Field(text(256), "8.3, tag 1005"),
                        "vatin": Field(inn(10, 12), "8.3, tag 1016"),
                    }
                )
            ),
            "8.3",
            nested=True,
        ),
    }
)
SUPPLIER = Shape(
    {
        "name": Field(text(256), "8.3, tag 1225"),
        "vatin": Field(inn(10, 12), "8.3, tag 1226"),
        "phones": PHONES,
        "supplierPrint": Field(flag, "8.3"),
        "supplierVatinPrint": Field(flag, "8.3"),
    }
)
AGENCY: Mapping[str, Field] = {
    "agentInfo": Field(nested(AGENT), "8.3, tag 1223", nested=True),
    "supplierInfo": Field(nested(SUPPLIER), "8.3, tag 1224", nested=True),
}
INDUSTRY = Field(
    each(
        nested(
            Shape(
                {
                    "fois": Field(text(3), "8.2, tag 1262"),
                    "date": Field(calendar_date(any_separator=False), "8.2, tag 1263"),
                    "number": Field(text(32), "8.2, tag 1264"),
                    "industryAttribute": Field(text(256), "8.2, tag 1265"),
                }
            )
        )
    ),
    "8.2, tags 1260, 1261",
    nested=True,
)
CUSTOM = Field(
    each(nested(Shape({"id": Field(number, "8.1", required=True), "value": Field(text(), "8.1", required=True)}))),
    "8.1",
    nested=True,
)

CHECK_RESULT = Shape(
    {
        name: Field(flag, "9.1, tag 2106", required=True)
        for name in ("imcCheckFlag", "imcCheckResult", "imcStatusInfo", "imcEstimatedStatusCorrect", "ecrStandAloneFlag")
    }
)
MARK: Mapping[str, Field] = {
    "imc": Field(text(wanted=True), "8.3, tag 2000", required=True),
    "imcType": Field(name_or_number(IMC_TYPES), "9.1, tag 2100"),
    "itemEstimatedStatus": Field(name_or_number(ITEM_STATUSES, NEWER_ITEM_STATUSES), "9.1, tag 2003"),
    "imcModeProcessing": Field(number, "8.3, tag 2102"),
    "itemFractionalAmount": Field(fraction, "8.3, tag 1291"),
    "imcBarcode": Field(base64_text(strict=True), "8.3"),
    "itemQuantity": Field(number, "9.2, tag 1023"),
    "itemUnits": Field(measurement_unit, "9.2, tag 2108"),
}
IMC = Shape({**MARK, "itemInfoCheckResult": Field(nested(CHECK_RESULT), "9.1, tag 2106", nested=True)})
NOMENCLATURE = Shape(
    {
        "type": Field(choice(("furs", "medicines", "tobacco", "shoes"), required=True), "8.3, tag 1162", required=True),
        "gtin": Field(text(), "8.3"),
        "serial": Field(text(wanted=True), "8.3", required=True),
    }
)
MARKING_CODE = Shape(
    {
        "mark": Field(base64_text(strict=False), "8.3, tag 1162", required=True),
        "type": Field(choice(("other", "egais20", "egais30")), "8.3"),
    }
)
CODES = Shape(
    {
        **{name: Field(text(), "8.3, tag 1163") for name in PRODUCT_CODES},
        "codes": Field(each(text()), "8.3, tag 1163", nested=True),
    }
)

NEWER_RATES = frozenset(name for name, rate in RATES.items() if rate.since)
RATE = Field(choice(RATES, required=True), "8.3, tag 1199", required=True, matters=True)
TAX = Shape({"type": RATE, "sum": Field(money(), "8.3, tag 1200", matters=True)}, {"vat": "type", "rate": "type"})

POSITION = Shape(
    {
        "type": TYPE,
        "name": Field(text(128, wanted=True), "8.3, tag 1030", required=True),
        "price": Field(money(), "8.3, tag 1079", required=True, matters=True),
        "quantity": Field(quantity, "8.1, 8.3, tag 1023", required=True, matters=True),
        "amount": Field(money(), "8.3, tag 1043", matters=True),
        "infoDiscountAmount": Field(money(signed=True), "8.3"),
        "department": Field(whole(), "8.3"),
        "measurementUnit": Field(measurement_unit, "8.3, tags 1197, 2108"),
        "piece": Field(flag, "8.3"),
        "paymentMethod": Field(
            choice((*PAYMENT_METHODS, *(str(n) for n in range(1, 8)))), "8.3, tag 1214", matters=True
        ),
        "paymentObject": Field(
            choice((*PAYMENT_OBJECTS, *(str(n) for n in PAYMENT_OBJECTS.values()))), "8.3, tag 1212", matters=True
        ),
        "tax": Field(nested(TAX), "8.3, tag 1199", matters=True, nested=True),
        "markingCode": Field(nested(MARKING_CODE), "8.3, tag 1162", nested=True),
        "imcParams": Field(nested(IMC), "8.3, tag 1163", nested=True),
        "nomenclatureCode": Field(nomenclature_code, "8.3, tag 1162", nested=True),
        "productCodes": Field(product_codes, "8.3, tag 1163", nested=True),
        **AGENCY,
        "additionalAttribute": Field(text(64), "8.3, tag 1191"),
        "additionalAttributePrint": Field(flag, "8.3"),
        "exciseSum": Field(money(), "8.3, tag 1229", matters=True),
        "countryCode": Field(text(3), "8.3, tag 1230"),
        "customsDeclaration": Field(text(32), "8.3, tag 1231"),
        "industryInfo": INDUSTRY,
        **{f"ucUserParam{place}": Field(number, "8.3") for place in range(3, 7)},
        "customParameters": CUSTOM,
    },
    slips={
        **dict.fromkeys(("sum", "total", "cost", "discount", "discountsum", "discountamount", "markup"), "amount"),
        **dict.fromkeys(("count", "qty"), "quantity"),
        **dict.fromkeys(("vat", "vattype", "taxes", "taxtype", "taxrate", "vatrate"), "tax"),
    },
)
USER_ATTRIBUTE = Shape(
    {
        "type": TYPE,
        "name": Field(text(64), "8.3, tag 1085"),
        "value": Field(text(234), "8.3, tag 1086"),
        "print": Field(flag, "8.3"),
    }
)
ADDITIONAL_ATTRIBUTE = Shape(
    {
        "type": TYPE,
        "value": Field(text(16, strict=True), "8.3, tag 1192", required=True),
        "print": Field(flag, "8.3"),
    }
)
ATTRIBUTES: Mapping[str, Shape] = {"userAttribute": USER_ATTRIBUTE, "additionalAttribute": ADDITIONAL_ATTRIBUTE}

PAYMENT = Shape(
    {
        "type": Field(choice(PAYMENT_TYPES, required=True), "8.2, tags 1031, 1081, 1215 to 1217", required=True, matters=True),
        "sum": Field(money(), "8.2", required=True, matters=True),
        "printItems": Field(elements(PRINTABLE), "8.2", nested=True),
    },
    slips={"amount": "sum", "value": "sum", "total": "sum"},
)
CLIENT = Shape(
    {
        "emailOrPhone": Field(text(64), "8.2, tag 1008"),
        "name": Field(text(256), "8.2, tag 1227"),
        "vatin": Field(inn(10, 12), "8.2, tag 1228"),
        "birthDate": Field(text(10), "8.2, tag 1243"),
        "citizenship": Field(text(3), "8.2, tag 1244"),
        "identityDocumentCode": Field(text(2), "8.2, tag 1245"),
        "identityDocumentData": Field(text(64), "8.2, tag 1246"),
        "address": Field(text(256), "8.2, tag 1254"),
    }
)
OPERATION = Shape(
    {
        "id": Field(number, "8.2, tag 1271"),
        "data": Field(text(64), "8.2, tag 1272"),
        "dateTime": Field(text(19), "8.2, tag 1273"),
    }
)
PAYMENT_DETAILS = Shape(
    {
        "sum": Field(money(), "8.2, tag 1082"),
        "paymentMethod": Field(number, "8.2, tag 1236"),
        "electronicallyId": Field(text(), "8.2, tag 1237"),
        "electronicallyAddInfo": Field(text(), "8.2, tag 1238"),
    }
)
RECEIPT_FIELDS: Mapping[str, Field] = {
    **WHO,
    "taxationType": Field(choice(TAXATION_TYPES), "8.2, tag 1055", matters=True),
    "items": Field(
        elements({"position": POSITION, **PRINTABLE, **ATTRIBUTES}, unsaid="position"),
        "8.2, tag 1059",
        nested=True,
        matters=True,
    ),
    "payments": Field(each(nested(PAYMENT)), "8.2", nested=True, matters=True),
    "total": Field(money(), "8.2, tag 1020", matters=True),
    "taxes": Field(
        each(nested(Shape({"type": RATE, "sum": Field(money(), "8.2", required=True, matters=True)}))),
        "8.2, tags 1102 to 1107",
        nested=True,
        matters=True,
    ),
    **{
        name: Field(flag, "8.2")
        for name in (
            "electronically",
            "ignoreNonFiscalPrintErrors",
            "useVAT18",
            "internet",
            "checkSize",
            "validateMarkingCodes",
        )
    },
    "clientInfo": Field(nested(CLIENT), "8.2, tag 1256", nested=True),
    "companyInfo": Field(nested(Shape({"email": Field(text(64), "8.2, tag 1117")})), "8.2", nested=True),
    "paymentsPlace": Field(text(256), "8.2, tag 1187"),
    "paymentsAddress": Field(text(256), "8.2, tag 1009"),
    "machineNumber": Field(text(20), "8.2, tag 1036"),
    **AGENCY,
    "operationInfo": Field(nested(OPERATION), "8.2, tag 1270", nested=True),
    "industryInfo": INDUSTRY,
    **AROUND,
    "paymentsAddInfo": Field(each(nested(PAYMENT_DETAILS)), "8.2, tag 1234", nested=True),
    "customParameters": CUSTOM,
}
_RECEIPT_SLIPS = {
    **dict.fromkeys(("payment", "paymenttype", "paymentmethod"), "payments"),
    **dict.fromkeys(("sno", "taxation", "taxsystem", "taxationsystem"), "taxationType"),
    **dict.fromkeys(("tax", "vat", "vats"), "taxes"),
    **dict.fromkeys(("positions", "goods", "products"), "items"),
    **dict.fromkeys(("amount", "sum"), "total"),
}
RECEIPT = Shape(RECEIPT_FIELDS, _RECEIPT_SLIPS)
CORRECTION = Shape(
    {
        **RECEIPT_FIELDS,
        "correctionType": Field(choice(("self", "instruction")), "8.4, tag 1173"),
        "correctionBaseDate": Field(calendar_date(any_separator=True), "8.4, tag 1178"),
        "correctionBaseNumber": Field(text(32), "8.4, tag 1179"),
        "correctionBaseName": Field(text(256), "8.4, tag 1177"),
    },
    _RECEIPT_SLIPS,
)


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
            {**WHO, "items": Field(elements(PRINTABLE), "8.6", required=True, nested=True), "printFooter": Field(flag, "8.6")},
        ),
        **_tasks(Kind.COPY, "printFnDocument", {**WHO, **_NUMBERED}),
        **_tasks(Kind.COPY, "printLastReceiptCopy continuePrint", WHO),
        **_tasks(
            Kind.COPY,
            "printDocumentsFromJournal",
            {
                **WHO,
                "filter": Field(choice(("shiftNumber", "fiscalDocumentNumber"), required=True), "8.6", required=True),
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
        **_tasks(Kind.READING, "getDeviceParameters", {"keys": Field(each(number), "8.6", nested=True)}),
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
        **_tasks(Kind.SERVICE, "setDateTime", {"dateTime": Field(text(), "8.6", required=True)}),
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


def meant_type(name: str) -> str:
    """`; did you mean …?` for a type that is none; `query…` is the like-named reading (reference 3.6)."""
    reading = "get" + name[len("query") :]
    if name.startswith("query") and reading in TASKS:
        return f"; did you mean {reading!r}? ({shown(name)!r} is a call of the server, not a task)"
    for known in TASKS:
        if fold(known) == fold(name):
            return f"; did you mean {known!r}?"
    return hint(name, tuple(TASKS))
