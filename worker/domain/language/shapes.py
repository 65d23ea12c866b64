"""
What the parts of JSON tasks may say: one table of fields with types, limits and the source of each rule.

Sources are sections of the register's reference and tags of the FFD. Rules between fields are in sums.py and rules.py;
which task has which fields is in catalogue.py.
"""

from __future__ import annotations

from collections.abc import Mapping

from worker.domain.language.barcodes import judge_barcode
from worker.domain.language.fields import Field, Shape, each, elements, nested
from worker.domain.language.marks import IMC, MARKING_CODE, nomenclature_code, product_codes
from worker.domain.language.values import (
    as_said,
    base64_text,
    birth_date,
    calendar_date,
    choice,
    day_and_time,
    digits,
    flag,
    inn,
    measurement_unit,
    money,
    number,
    paid_by,
    quantity,
    text,
    vat_rate,
    whole,
)
from worker.domain.language.vocabulary import (
    AGENTS,
    ALIGNMENTS,
    BARCODES,
    NEWER_BARCODES,
    PAYMENT_METHODS,
    PAYMENT_OBJECTS,
    PAYMENT_TYPES,
    TAXATION_TYPES,
    WRAPS,
)

OPERATOR = Shape(
    {
        "name": Field(text(64, wanted=True, line=True), "8.1, tag 1021", required=True),
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
    },
    judge=judge_barcode,
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
            "pixels": Field(base64_text, "8.3", required=True),
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
        "agents": Field(
            each(choice(AGENTS, required=True)),
            "8.3, tags 1057, 1222",
            required=True,
            nested=True,
            matters=True,
        ),
        "agentsPrint": Field(flag, "8.3"),
        "agentDataPrint": Field(flag, "8.3"),
        "payingAgent": Field(
            nested(Shape({"operation": Field(text(24), "8.3, tag 1044"), "phones": PHONES})),
            "8.3",
            nested=True,
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
                    "fois": Field(digits(3), "8.2, tag 1262", required=True),
                    "date": Field(calendar_date, "8.2, tag 1263", required=True),
                    "number": Field(text(32), "8.2, tag 1264", required=True),
                    "industryAttribute": Field(text(256), "8.2, tag 1265", required=True),
                }
            )
        )
    ),
    "8.2, tags 1260, 1261",
    nested=True,
)
CUSTOM = Field(
    each(
        nested(
            Shape({"id": Field(number, "8.1", required=True), "value": Field(text(), "8.1", required=True)})
        )
    ),
    "8.1",
    nested=True,
)

RATE = Field(vat_rate, "8.3, tag 1199", required=True, matters=True)
TAX = Shape(
    {"type": RATE, "sum": Field(money(), "8.3, tag 1200", matters=True)}, {"vat": "type", "rate": "type"}
)

POSITION = Shape(
    {
        "type": TYPE,
        "name": Field(text(128, wanted=True, line=True), "8.3, tag 1030", required=True),
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
            choice((*PAYMENT_OBJECTS, *(str(n) for n in PAYMENT_OBJECTS.values()))),
            "8.3, tag 1212",
            matters=True,
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
        "countryCode": Field(digits(3), "8.3, tag 1230"),
        "customsDeclaration": Field(text(32), "8.3, tag 1231"),
        "industryInfo": INDUSTRY,
        **{f"ucUserParam{place}": Field(number, "8.3") for place in range(3, 7)},
        "customParameters": CUSTOM,
    },
    slips={
        **dict.fromkeys(
            ("sum", "total", "cost", "discount", "discountsum", "discountamount", "markup"), "amount"
        ),
        **dict.fromkeys(("count", "qty"), "quantity"),
        **dict.fromkeys(("vat", "vattype", "taxes", "taxtype", "taxrate", "vatrate"), "tax"),
    },
)
USER_ATTRIBUTE = Shape(
    {
        "type": TYPE,
        "name": Field(text(64), "8.3, tag 1085", required=True),
        "value": Field(text(256), "8.3, tag 1086", required=True),
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
ATTRIBUTES: Mapping[str, Shape] = {
    "userAttribute": USER_ATTRIBUTE,
    "additionalAttribute": ADDITIONAL_ATTRIBUTE,
}

PAYMENT = Shape(
    {
        "type": Field(
            choice(PAYMENT_TYPES, required=True),
            "8.2, tags 1031, 1081, 1215 to 1217",
            required=True,
            matters=True,
        ),
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
        "birthDate": Field(birth_date, "8.2, tag 1243"),
        "citizenship": Field(digits(3), "8.2, tag 1244"),
        "identityDocumentCode": Field(digits(2), "8.2, tag 1245"),
        "identityDocumentData": Field(text(64), "8.2, tag 1246"),
        "address": Field(text(256), "8.2, tag 1254"),
    }
)
OPERATION = Shape(
    {
        "id": Field(number, "8.2, tag 1271", required=True),
        "data": Field(text(64), "8.2, tag 1272", required=True),
        "dateTime": Field(day_and_time, "8.2, tag 1273", required=True),
    }
)
PAYMENT_DETAILS = Shape(
    {
        "sum": Field(money(), "8.2, tag 1082"),
        "paymentMethod": Field(as_said, "8.2, tag 1236"),
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
    "payments": Field(paid_by(each(nested(PAYMENT)), PAYMENT_TYPES), "8.2", nested=True, matters=True),
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
}
RECEIPT = Shape(RECEIPT_FIELDS, _RECEIPT_SLIPS)
CORRECTION = Shape(
    {
        **RECEIPT_FIELDS,
        "correctionType": Field(choice(("self", "instruction")), "8.4, tag 1173"),
        "correctionBaseDate": Field(calendar_date, "8.4, tag 1178"),
        "correctionBaseNumber": Field(text(32), "8.4, tag 1179"),
        "correctionBaseName": Field(text(256), "8.4, tag 1177"),
    },
    _RECEIPT_SLIPS,
)
