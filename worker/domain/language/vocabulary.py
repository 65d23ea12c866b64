"""The words that JSON tasks are made of: kinds of jobs, enumerations, VAT rates. Source: reference §8 and §9."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """What a job of this type leaves behind, and so how it can be proven (promises §2)."""

    RECEIPT = "receipt"  # a fiscal document with a total
    CORRECTION = "correction"  # the same
    SHIFT = "shift"  # a fiscal document without one
    OFD_REPORT = "ofd_report"  # the same
    CASH = "cash"  # the drawer's sum
    REPORT = "report"  # paper only
    SLIP = "slip"  # paper only
    COPY = "copy"  # paper only
    MARKING = "marking"  # a state of the marking check in the register
    READING = "reading"  # nothing: may be repeated
    SERVICE = "service"  # a setting or a movement of the register


FISCAL_KINDS = frozenset({Kind.RECEIPT, Kind.CORRECTION, Kind.SHIFT, Kind.OFD_REPORT})

TAXATION_TYPES = ("osn", "usnIncome", "usnIncomeOutcome", "envd", "esn", "patent")  # 8.2, tag 1055
SIMPLIFIED = ("usnIncome", "usnIncomeOutcome")

NAMED_PAYMENTS = ("cash", "electronically", "prepaid", "credit", "other")  # 8.2: "0" to "4"
PAYMENT_TYPES = (*NAMED_PAYMENTS, *"0123456789")
PROGRAMMED_PAYMENTS = frozenset("56789")  # exist only where the register was set up for them, else error 60
CASH = frozenset({"cash", "0"})
CASHLESS = frozenset({"electronically", "1"})
PREPAID = frozenset({"prepaid", "2"})
ON_CREDIT = frozenset({"credit", "3"})

PAYMENT_METHODS = (  # 8.3, tag 1214: numbers 1 to 7 in this order
    "fullPrepayment",
    "prepayment",
    "advance",
    "fullPayment",
    "partialPayment",
    "credit",
    "creditPayment",
)
PREPAYMENT_METHODS = frozenset({"fullPrepayment", "prepayment", "advance", "1", "2", "3"})
METHODS_OF_MONEY = frozenset(
    {"advance", "creditPayment", "3", "7"}
)  # no goods change hands: the object is a payment
CREDIT_METHODS = frozenset({"partialPayment", "credit", "5", "6"})  # the rest is owed
PAYMENT_OBJECT = frozenset({"payment", "10"})

PAYMENT_OBJECTS: Mapping[str, int] = MappingProxyType(  # 8.3, tag 1212
    {
        "commodity": 1,
        "excise": 2,
        "job": 3,
        "service": 4,
        "gamblingBet": 5,
        "gamblingPrize": 6,
        "lottery": 7,
        "lotteryPrize": 8,
        "intellectualActivity": 9,
        "payment": 10,
        "agentCommission": 11,
        "composite": 12,
        "pay": 12,
        "another": 13,
        "proprietaryLaw": 14,
        "nonOperatingIncome": 15,
        "insuranceContributions": 16,
        "otherContributions": 16,
        "merchantTax": 17,
        "resortFee": 18,
        "deposit": 19,
        "consumption": 20,
        "soleProprietorCPIContributions": 21,
        "cpiContributions": 22,
        "soleProprietorCMIContributions": 23,
        "cmiContributions": 24,
        "csiContributions": 25,
        "casinoPayment": 26,
        "fundsIssuance": 27,
        "exciseWithoutMarking": 30,
        "exciseWithMarking": 31,
        "commodityWithoutMarking": 32,
        "commodityWithMarking": 33,
    }
)
NEWER_OBJECTS = frozenset({"30", "31", "32", "33"}) | {
    name
    for name, number in PAYMENT_OBJECTS.items()
    if number >= 30  # noqa: PLR2004 - came with FFD 1.2
}
MARKED_OBJECTS = frozenset({"exciseWithMarking", "commodityWithMarking", "31", "33"})

MEASUREMENT_UNITS: Mapping[str, int] = MappingProxyType(  # 8.3, tag 2108 (FFD 1.2)
    {
        "piece": 0,
        "gram": 10,
        "kilogram": 11,
        "ton": 12,
        "centimeter": 20,
        "decimeter": 21,
        "meter": 22,
        "squareCentimeter": 30,
        "squareDecimeter": 31,
        "squareMeter": 32,
        "milliliter": 40,
        "liter": 41,
        "cubicMeter": 42,
        "kilowattHour": 50,
        "gkal": 51,
        "day": 70,
        "hour": 71,
        "minute": 72,
        "second": 73,
        "kilobyte": 80,
        "megabyte": 81,
        "gigabyte": 82,
        "terabyte": 83,
        "otherUnits": 255,
    }
)


@dataclass(frozen=True)
class Rate:
    """
    A VAT rate.

    Args:
        percent: of the price without VAT; None where no VAT is due at all.
        name: the vendor's name, by which rates are compared.
        since: the year of the driver that first knows it; 0 for all that we may meet.

    """

    percent: int | None
    name: str
    since: int = 0


_NUMBERED: Mapping[str, tuple[int, int]] = {  # 8.3: percent, and the year whose drivers first knew the rate
    "0": (0, 0),
    "10": (10, 0),
    "110": (10, 0),
    "18": (18, 0),
    "118": (18, 0),
    "20": (20, 0),
    "120": (20, 0),
    "5": (5, 2025),  # 176-FZ
    "105": (5, 2025),
    "7": (7, 2025),
    "107": (7, 2025),
    "22": (22, 2026),  # 425-FZ
    "122": (22, 2026),
}
RATES: Mapping[str, Rate] = (
    MappingProxyType(  # the bare number is taken for the name; the newer rates have none
        {"none": Rate(None, "none")}
        | {
            "vat" + number: Rate(percent, "vat" + number, since)
            for number, (percent, since) in _NUMBERED.items()
        }
        | {
            number: Rate(percent, "vat" + number)
            for number, (percent, since) in _NUMBERED.items()
            if not since
        }
    )
)

CALCULATED_RATES = frozenset({"vat105", "vat107", "vat110", "vat118", "vat120", "vat122"})

AGENTS = (  # 8.3, tags 1057 and 1222
    "bankPayingAgent",
    "bankPayingSubagent",
    "payingAgent",
    "payingSubagent",
    "attorney",
    "commissionAgent",
    "another",
)

IMC_TYPES: Mapping[str, int] = MappingProxyType(  # 9.1, tag 2100
    {
        "auto": 256,
        "imcUnrecognized": 0,
        "imcShort": 1,
        "imcFmVerifyCode88": 2,
        "imcVerifyCode44": 3,
        "imcFmVerifyCode44": 4,
        "imcVerifyCode4": 5,
    }
)
ITEM_STATUSES: Mapping[str, int] = MappingProxyType(  # 9.1, tag 2003
    {
        "itemPieceSold": 1,
        "itemDryForSale": 2,
        "itemPieceReturn": 3,
        "itemDryReturn": 4,
        "itemPieceForSale": 5,
        "itemDrySold": 6,
        "itemStatusUnchanged": 255,
    }
)
SOLD_STATUSES = frozenset({"itemPieceSold", "itemDryForSale", "itemPieceForSale", "itemDrySold", 1, 2, 5, 6})
RETURNED_STATUSES = frozenset({"itemPieceReturn", "itemDryReturn", 3, 4})
PIECE_STATUSES = frozenset({"itemPieceSold", "itemPieceReturn", "itemPieceForSale", 1, 3, 5})
DRY_STATUSES = frozenset({"itemDryForSale", "itemDryReturn", "itemDrySold", 2, 4, 6})
NEWER_ITEM_STATUSES = frozenset({"itemPieceForSale", "itemDrySold"})

PRODUCT_CODES = (  # 8.3, tag 1163
    "undefined",
    "ean8",
    "ean13",
    "itf14",
    "gs10",
    "gs1m",
    "short",
    "furs",
    "egais20",
    "egais30",
    *(f"f{number}" for number in range(1, 7)),
)

BARCODES = (  # 8.3
    "EAN8",
    "EAN13",
    "UPCA",
    "UPCE",
    "CODE39",
    "CODE93",
    "CODE128",
    "CODABAR",
    "ITF",
    "ITF14",
    "GS1_128",
    "PDF417",
    "QR",
    "CODE39_EXTENDED",
    "AZTEC",
)
NEWER_BARCODES = frozenset({"AZTEC"})
ALIGNMENTS = ("left", "center", "right")
WRAPS = ("none", "chars", "words")
