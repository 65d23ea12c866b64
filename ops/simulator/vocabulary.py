"""The words of JSON tasks (reference §5.1, §8.2–8.3, §9.1) and the numbers that the FN stores for them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

RECEIPTS = {"sell": 1, "sellReturn": 2, "buy": 3, "buyReturn": 4}  # tag 1054, and n= of the QR
CORRECTIONS = {f"{kind}Correction": number for kind, number in RECEIPTS.items()}
SIGNS = {**RECEIPTS, **CORRECTIONS}

_IRREVERSIBLE = ("registration", "fnChange", "changeRegistrationParameters", "closeArchive")
FISCAL_V1 = frozenset(
    {
        "openShift", "closeShift", "reportOfdExchangeStatus", "sellCorrection", "buyCorrection",
        *RECEIPTS, *_IRREVERSIBLE,
    }
)  # fmt: skip
"""What v1 counts and blocks on: not the corrections of returns (5.1)."""
FISCAL_V2 = FISCAL_V1 | {"sellReturnCorrection", "buyReturnCorrection"}
FISCAL: Mapping[str, frozenset[str]] = {"v1": FISCAL_V1, "v2": FISCAL_V2}
FOR_RECEIPT = frozenset({*RECEIPTS, "sellCorrection", "buyCorrection"})
"""For these the recovery asks for the last receipt, for all else for the last document (5.1)."""

TAXATION = {"osn": 1, "usnIncome": 2, "usnIncomeOutcome": 4, "envd": 8, "esn": 16, "patent": 32}  # tag 1055

PAYMENTS = {"cash": "0", "electronically": "1", "prepaid": "2", "credit": "3", "other": "4"}
PAYMENT_TAGS = {
    "cash": "1031",
    "electronically": "1081",
    "prepaid": "1215",
    "credit": "1216",
    "other": "1217",
}
PAYMENT_NAMES = {number: name for name, number in PAYMENTS.items()}
USER_PAYMENTS = ("5", "6", "7", "8", "9")

PAYMENT_METHODS = {
    "fullPrepayment": 1, "prepayment": 2, "advance": 3, "fullPayment": 4, "partialPayment": 5, "credit": 6,
    "creditPayment": 7,
}  # fmt: skip
PAYMENT_OBJECTS = {
    "commodity": 1, "excise": 2, "job": 3, "service": 4, "gamblingBet": 5, "gamblingPrize": 6, "lottery": 7,
    "lotteryPrize": 8, "intellectualActivity": 9, "payment": 10, "agentCommission": 11, "composite": 12, "pay": 12,
    "another": 13, "proprietaryLaw": 14, "nonOperatingIncome": 15, "insuranceContributions": 16,
    "otherContributions": 16, "merchantTax": 17, "resortFee": 18, "deposit": 19, "consumption": 20,
    "soleProprietorCPIContributions": 21, "cpiContributions": 22, "soleProprietorCMIContributions": 23,
    "cmiContributions": 24, "csiContributions": 25, "casinoPayment": 26, "fundsIssuance": 27,
    "exciseWithoutMarking": 30, "exciseWithMarking": 31, "commodityWithoutMarking": 32, "commodityWithMarking": 33,
}  # fmt: skip
UNITS = {
    "piece": 0, "gram": 10, "kilogram": 11, "ton": 12, "centimeter": 20, "decimeter": 21, "meter": 22,
    "squareCentimeter": 30, "squareDecimeter": 31, "squareMeter": 32, "milliliter": 40, "liter": 41, "cubicMeter": 42,
    "kilowattHour": 50, "gkal": 51, "day": 70, "hour": 71, "minute": 72, "second": 73, "kilobyte": 80, "megabyte": 81,
    "gigabyte": 82, "terabyte": 83, "otherUnits": 255,
}  # fmt: skip
AGENTS = {
    "bankPayingAgent": 1, "bankPayingSubagent": 2, "payingAgent": 4, "payingSubagent": 8, "attorney": 16,
    "commissionAgent": 32, "another": 64,
}  # fmt: skip
PRODUCT_CODES = (
    "undefined", "ean8", "ean13", "itf14", "gs10", "gs1m", "short", "furs", "egais20", "egais30",
    "f1", "f2", "f3", "f4", "f5", "f6",
)  # fmt: skip
BARCODES = (
    "EAN8", "EAN13", "UPCA", "UPCE", "CODE39", "CODE93", "CODE128", "CODABAR", "ITF", "ITF14", "GS1_128", "PDF417",
    "QR", "CODE39_EXTENDED", "AZTEC",
)  # fmt: skip
MARK_TYPES = (
    "auto", "imcUnrecognized", "imcShort", "imcFmVerifyCode88", "imcVerifyCode44", "imcFmVerifyCode44",
    "imcVerifyCode4",
)  # fmt: skip
ESTIMATED_STATUSES = {
    "itemPieceSold": 1, "itemDryForSale": 2, "itemPieceReturn": 3, "itemDryReturn": 4, "itemPieceForSale": 5,
    "itemDrySold": 6, "itemStatusUnchanged": 255,
}  # fmt: skip
CHECK_FLAGS = (
    "imcCheckFlag",
    "imcCheckResult",
    "imcStatusInfo",
    "imcEstimatedStatusCorrect",
    "ecrStandAloneFlag",
)


class Rate:
    """
    One VAT rate.

    Args:
        code: tag 1199.
        percent: of the net sum.
        tag: where a receipt's sum of it stands; None for the rates that came with tag 1115.
        year: the year of the drivers that know it first.
        label: as the paper names it.
    """

    def __init__(self, code: int, percent: int, tag: str | None, year: int, label: str) -> None:
        self.code, self.percent, self.tag, self.year, self.label = code, Decimal(percent), tag, year, label

    def of(self, amount: Decimal) -> Decimal:
        """Give the VAT that is contained in a gross sum, unrounded."""
        return amount * self.percent / (100 + self.percent)


RATES = {
    "none": Rate(6, 0, "1105", 2017, "БЕЗ НДС"),
    "vat0": Rate(5, 0, "1104", 2017, "НДС 0%"),
    "vat10": Rate(2, 10, "1103", 2017, "НДС 10%"),
    "vat110": Rate(4, 10, "1107", 2017, "НДС 10/110"),
    "vat18": Rate(1, 18, "1102", 2017, "НДС 18%"),
    "vat118": Rate(3, 18, "1106", 2017, "НДС 18/118"),
    "vat20": Rate(1, 20, "1102", 2019, "НДС 20%"),
    "vat120": Rate(3, 20, "1106", 2019, "НДС 20/120"),
    "vat5": Rate(7, 5, None, 2025, "НДС 5%"),
    "vat105": Rate(9, 5, None, 2025, "НДС 5/105"),
    "vat7": Rate(8, 7, None, 2025, "НДС 7%"),
    "vat107": Rate(10, 7, None, 2025, "НДС 7/107"),
    "vat22": Rate(11, 22, None, 2026, "НДС 22%"),
    "vat122": Rate(12, 22, None, 2026, "НДС 22/122"),
}
RATES_BY_NUMBER = {number: f"vat{number}" for number in ("0", "10", "110", "18", "118", "20", "120")}
"""The bare numbers, which the older script takes as strings; the newer rates have none."""


def rate_name(word: str) -> str:
    """Give the name of a rate for its name or its bare number."""
    return RATES_BY_NUMBER.get(word, word)
