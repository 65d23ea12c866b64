"""
The driver: one JSON task in, its result out, or an error (reference §8).

It holds the register for one task at a time; whoever comes second waits. What it only reads is in readings.py, marking
codes are in marking.py; what prints and what the FN signs is here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation

from ops.simulator import errors, vocabulary
from ops.simulator.driver.errand import Errand
from ops.simulator.driver.marking import Marking
from ops.simulator.driver.readings import READINGS
from ops.simulator.driver.validation import MAX_DOCUMENT_BYTES, Vintage, document_bytes, validate
from ops.simulator.errors import DriverError
from ops.simulator.jsontext import Fields
from ops.simulator.kkt import documents, paper
from ops.simulator.kkt.condition import MOSCOW, Counter
from ops.simulator.kkt.receipt import Receipt, money
from ops.simulator.kkt.register import Register

OLD_FFD = "1.05"
Result = Fields | list[Fields] | None


class Driver:
    """
    The driver of one register.

    Args:
        register: the register that it drives.
    """

    def __init__(self, register: Register) -> None:
        self.lock = threading.Lock()
        self._register = register
        self._marking = Marking()

    def forget(self) -> None:
        """Forget what only the register's RAM holds: the marking code in work."""
        self._marking = Marking()

    def run(self, task: Fields, errand: Errand) -> Result:
        """
        Do one task. The caller holds `lock`.

        Returns: the result object, None for tasks without one.
        Raises: DriverError; for a receipt every error but a lost link proves that nothing was fiscalised (8.2).
        """
        condition = self._register.condition
        validate(task, Vintage(Decimal(condition.ffd), condition.driver_year))
        self._register.reach()
        try:
            return self._dispatch(task, errand)
        except InvalidOperation as overflow:  # a sum of three hundred digits
            raise DriverError(errors.FLOAT_OVERFLOW) from overflow

    def _dispatch(self, task: Fields, errand: Errand) -> Result:
        kind = task["type"]
        if kind in vocabulary.SIGNS:
            return self._receipt(task, errand)
        if kind in self._REPORTS:
            return self._report(task, errand)
        errand.stage("before_open", named=True)
        reading = READINGS.get(kind)
        if reading:
            errand.spend("read")
            return reading(self._register, task)
        if self._marking.knows(kind):
            return self._marking.run(task, errand)
        action = self._ACTIONS.get(kind)
        if action is None:  # registration, fnChange, closeArchive and the like: not here
            raise DriverError(errors.NOT_SUPPORTED)
        return action(self, task, errand)

    def _receipt(self, task: Fields, errand: Errand) -> Result:
        """Follow reference §8.2 step by step."""
        kind = task["type"]
        if kind.endswith("ReturnCorrection") and self._register.condition.ffd == OLD_FFD:
            raise DriverError(errors.INVALID_FFD_VERSION)  # they came with FFD 1.1 (8.4)
        receipt = Receipt(kind, task, self._register.condition.rules)
        marks = self._marking.validate_receipt(task, errand) if task.get("validateMarkingCodes") else None
        errand.stage("before_open")
        self._ready_to_print(task)
        if self._register.condition.shift_state == "expired":
            raise DriverError(errors.SHIFT_EXPIRED)
        receipt.open()
        auto_opened = self._register.condition.shift_state == "closed"
        if auto_opened:
            self._open_shift(task, errand)
            errand.stage("after_auto_open")
        errand.spend("open")
        items = task.get("items") or []
        old = kind in vocabulary.CORRECTIONS and not any(item.get("type") == "position" for item in items)
        for place, item in enumerate(items):
            if place == min(1, len(items) - 1):
                errand.stage("between_items")
            self._register.reach()
            receipt.add(item)
            errand.spend("item")
        if old and self._register.condition.ffd == OLD_FFD:
            receipt.sum_up_old()
        else:
            receipt.sum_up()
        receipt.tax()
        receipt.pay()
        self._afford(receipt)
        errand.stage("before_close")
        errand.spend("close")
        self._register.reach()
        params = self._register.close_document(
            errand.slip(kind, receipt.total, receipt.marker),
            documents.sale(receipt),
            errand.lose_paper,
            electronically=bool(task.get("electronically")),
        )
        errand.stage("after_close")
        result: Fields = {"fiscalParams": params, "warnings": self._warnings(task)}
        if auto_opened:
            result["shiftAutoOpened"] = True
        if marks is not None:
            result["validateMarks"] = marks
        if task.get("checkSize"):
            size = document_bytes(task)
            result |= {"receiptSize": size, "receiptPercentageSize": round(size * 100 / MAX_DOCUMENT_BYTES)}
        return result

    def _afford(self, receipt: Receipt) -> None:
        condition = self._register.condition
        pays_out = receipt.type in {"sellReturn", "buy"}
        if pays_out and condition.cash_control and receipt.cash > condition.drawer:
            raise DriverError(errors.NO_CASH)

    def _ready_to_print(self, task: Fields) -> None:
        """Finish what an interruption left, and find paper, unless the document needs none (8.1)."""
        if not task.get("electronically"):
            self._register.continue_print()
            self._register.printable()

    def _warnings(self, task: Fields) -> Fields | None:
        unprinted = self._register.condition.pending and not task.get("electronically")
        return {"notPrinted": True} if unprinted else None

    def _open_shift(self, task: Fields, errand: Errand) -> Fields:
        errand.spend("report")
        self._register.reach()
        return self._register.close_document(
            errand.slip("openShift"), documents.shift_opening(task), errand.lose_paper
        )

    def _report(self, task: Fields, errand: Errand) -> Result:
        """Open or close the shift, or report on the exchange with the OFD."""
        kind = task["type"]
        errand.stage("before_open")
        self._ready_to_print(task)
        closed = self._register.condition.shift_state == "closed"
        if kind == "openShift" and not closed:
            raise DriverError(errors.DENIED_IN_OPENED_SHIFT)
        if kind == "closeShift" and closed:
            raise DriverError(errors.DENIED_IN_CLOSED_SHIFT)
        errand.stage("before_close")
        errand.spend("report")
        self._register.reach()
        params = self._register.close_document(
            errand.slip(kind),
            self._REPORTS[kind](task),
            errand.lose_paper,
            electronically=bool(task.get("electronically")),
        )
        errand.stage("after_close")
        result: Fields = {"fiscalParams": params, "warnings": self._warnings(task)}
        if kind == "reportOfdExchangeStatus":
            result |= READINGS["ofdExchangeStatus"](self._register, task)
        return result

    def _x_report(self, task: Fields, errand: Errand) -> Result:
        condition = self._register.condition
        rows = paper.totals_rows(condition)
        self._print([*paper.report_lines(condition, "X-ОТЧЕТ", task, rows), paper.CUT, ""], errand)
        return None

    def _cash(self, task: Fields, errand: Errand) -> Result:
        sum_, into = money(task["cashSum"]), task["type"] == "cashIn"
        condition = self._register.condition
        if sum_ < 0:
            raise DriverError(errors.INVALID_SUM)
        if not into and sum_ > condition.drawer:
            raise DriverError(errors.NO_CASH)
        rows = [("СУММА", f"={sum_:.2f}")]
        title = "ВНЕСЕНИЕ" if into else "ВЫПЛАТА"
        self._print([*paper.report_lines(condition, title, task, rows), paper.CUT, ""], errand)
        with self._register.change() as condition:
            condition.drawer = money(condition.drawer + (sum_ if into else -sum_))
            condition.shift_totals.setdefault(task["type"], Counter()).add(sum_, {})
        errand.stage("after_close", named=True)
        return {"counters": {"cashSum": condition.drawer}}

    def _drawer_opening(self, _task: Fields, _errand: Errand) -> Result:
        with self._register.change() as condition:
            condition.drawer_open = True
        return None

    def _slip(self, task: Fields, errand: Errand) -> Result:
        self._print(paper.slip_lines(task), errand)
        return None

    def _copy(self, task: Fields, errand: Errand) -> Result:
        fd = task.get("fiscalDocumentNumber") or self._register.condition.last_receipt_fd
        self._print(paper.copy_lines(self._register.document(int(fd))[2]), errand)
        return None

    def _journal(self, task: Fields, errand: Errand) -> Result:
        copies = self._register.journal(task["filter"], int(task["from"]), int(task["to"]))
        if not copies:
            raise DriverError(errors.NO_DOCUMENTS_IN_JOURNAL)
        for lines in copies:
            self._print(paper.copy_lines(lines), errand)
        return None

    def _continuation(self, _task: Fields, errand: Errand) -> Result:
        errand.spend("print")
        self._register.reach()
        self._register.continue_print()
        return None

    def _print(self, lines: list[str], errand: Errand) -> None:
        errand.spend("print")
        self._register.reach()
        self._register.continue_print()
        self._register.print_slip(lines)

    def _clock_setting(self, task: Fields, _errand: Errand) -> Result:
        try:
            wished = datetime.fromisoformat(task["dateTime"].replace(".", "-"))
        except ValueError as problem:
            raise DriverError(errors.PARSE_ERROR, 'Некорректное значение поля "dateTime"') from problem
        wished = wished if wished.tzinfo else wished.replace(tzinfo=MOSCOW)
        with self._register.change() as condition:
            condition.clock_offset_seconds += wished.timestamp() - condition.now
        return None

    _REPORTS: dict[str, Callable[[Fields], documents.Build]] = {  # noqa: RUF012 - read only
        "openShift": documents.shift_opening,
        "closeShift": documents.shift_closing,
        "reportOfdExchangeStatus": documents.exchange_report,
    }
    _ACTIONS: dict[str, Callable[[Driver, Fields, Errand], Result]] = {  # noqa: RUF012 - read only
        "reportX": _x_report,
        "cashIn": _cash,
        "cashOut": _cash,
        "openCashDrawer": _drawer_opening,
        "nonFiscal": _slip,
        "printFnDocument": _copy,
        "printLastReceiptCopy": _copy,
        "printDocumentsFromJournal": _journal,
        "continuePrint": _continuation,
        "setDateTime": _clock_setting,
    }
