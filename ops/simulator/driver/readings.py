"""What the driver reads from the register without changing it (reference §8.5–8.7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from ops.simulator import errors, vocabulary
from ops.simulator.errors import DriverError
from ops.simulator.jsontext import Fields
from ops.simulator.kkt import paper
from ops.simulator.kkt.condition import MOSCOW, SHIFT_SECONDS, Counter, iso
from ops.simulator.kkt.documents import FNS_URL
from ops.simulator.kkt.register import Register

Reading = Callable[[Register, Fields], Fields]
YEAR_SECONDS = 365 * 24 * 3600
ALL_WELL = dict.fromkeys(
    ("memoryOverflow", "needReplacement", "ofdTimeout", "resourceExhausted", "criticalError"), False
)


def _shift_status(register: Register, _task: Fields) -> Fields:
    condition = register.condition
    status: Fields = {
        "state": condition.shift_state,
        "number": condition.shift_number,
        "documentsCount": condition.shift_documents,
    }
    if condition.shift_opened_at is not None:
        status["expiredTime"] = iso(condition.shift_opened_at + SHIFT_SECONDS)
    return {"shiftStatus": status}


def _shift_totals(register: Register, _task: Fields) -> Fields:
    condition = register.condition
    totals = condition.shift_totals
    return {
        "shiftTotals": {
            "shiftNumber": condition.shift_number,
            "cashDrawer": {"sum": condition.drawer},
            # By the vendor's own client: cash put in and paid out, apart from all receipts.
            "income": _moved(totals, "cashIn"),
            "outcome": _moved(totals, "cashOut"),
            "receipts": _by_kind(totals),
        }
    }


def _overall_totals(register: Register, _task: Fields) -> Fields:
    return {"overallTotals": {"receipts": _by_kind(register.condition.overall_totals)}}


def _drawer(register: Register, _task: Fields) -> Fields:
    condition = register.condition
    return {
        "counters": {"cashSum": condition.drawer},
        "cashDrawerStatus": {"cashDrawerOpened": condition.drawer_open},
    }


def _device_info(register: Register, _task: Fields) -> Fields:
    condition = register.condition
    return {
        "deviceInfo": {
            "model": 69,
            "modelName": "АТОЛ 77Ф",
            "serial": condition.serial,
            "firmwareVersion": "5.12.0",
            "configurationVersion": "5.12.0",
            "receiptLineLength": paper.WIDTH,
            "receiptLineLengthPix": 576,
            "ffdVersion": condition.ffd,
            "fnFfdVersion": condition.ffd,
        }
    }


def _device_status(register: Register, _task: Fields) -> Fields:
    condition = register.condition
    now = datetime.fromtimestamp(condition.now, MOSCOW).replace(microsecond=0)
    return {
        "deviceStatus": {
            "currentDateTime": now.isoformat(),
            "shift": condition.shift_state,
            "blocked": False,
            "coverOpened": condition.cover_open,
            "paperPresent": condition.paper,
            "fiscal": True,
            "fnFiscal": True,
            "fnPresent": True,
            "cashDrawerOpened": condition.drawer_open,
        }
    }


def _fn_info(register: Register, _task: Fields) -> Fields:
    condition = register.condition
    return {
        "fnInfo": {
            "serial": condition.fn_serial,
            "version": "fn_v_1_2",
            "execution": "1.2-36",
            "numberOfRegistrations": 1,
            "registrationsRemaining": 29,
            "validityDate": iso(condition.now + YEAR_SECONDS),
            "ffdVersion": condition.ffd,
            "fnFfdVersion": condition.ffd,
            "livePhase": "fiscalMode",
            "warnings": ALL_WELL,
        }
    }


def _fn_status(register: Register, _task: Fields) -> Fields:
    condition = register.condition
    return {
        "fnStatus": {
            "fiscalDocumentNumber": condition.last_fd,
            "fiscalReceiptNumber": condition.last_receipt,
            "warnings": ALL_WELL,
        }
    }


def _fn_document(register: Register, task: Fields) -> Fields:
    return {"documentTLV": register.document(int(task["fiscalDocumentNumber"]))[0]}


def _exchange_status(register: Register, _task: Fields) -> Fields:
    condition = register.condition
    fine = {"code": 0, "description": errors.TEXTS[errors.OK]}
    return {
        "status": {
            "notSentCount": condition.unsent,
            "notSentFirstDocNumber": condition.unsent_first if condition.unsent else 0,
            "notSentFirstDocDateTime": iso(condition.unsent_first_at),
        },
        "errors": {
            "network": fine,
            "ofd": fine,
            "fn": fine,
            "documentNumber": 0,
            "fnCommandCode": 0,
            "lastSuccessConnectionDateTime": iso(condition.last_at),
        },
    }


def _registration(register: Register, _task: Fields) -> Fields:
    condition = register.condition
    return {
        "organization": {
            "name": condition.organisation,
            "vatin": condition.inn,
            "email": "ofd@example.test",
            "taxationTypes": condition.taxation_types,
            "address": condition.address,
            "agents": [],
        },
        "device": {
            "registrationNumber": condition.registration_number,
            "paymentsAddress": condition.address,
            "fnsUrl": FNS_URL,
            "ffdVersion": condition.ffd,
            "defaultTaxationType": condition.taxation_types[0],
            "offlineMode": False,
            "autoMode": False,
            "bso": False,
            "encryption": False,
            "internet": False,
            "service": False,
        },
        "ofd": {
            "name": "ОФД Пример",
            "vatin": "1234567894",
            "host": "ofd.example.test",
            "port": 7777,
            "dns": "",
        },
    }


def _parameters(_register: Register, task: Fields) -> Fields:
    # The table's meaning is the service's; a number that is not programmed reads as empty.
    return {"deviceParameters": [{"key": key, "value": ""} for key in task["keys"]]}


def _licences(_register: Register, _task: Fields) -> Fields:
    return {"licenses": [{"id": "1", "name": "Работа с маркировкой", "state": "active"}]}


def _mcu(register: Register, _task: Fields) -> Fields:
    return {"mcu": {"serial": register.condition.serial, "partId": "0", "partName": "simulated"}}


def _department_sum(register: Register, _task: Fields) -> Fields:
    sold = register.condition.shift_totals.get("sell", Counter())
    return {"departmentSum": [{"department": 1, "count": sold.count, "sum": sold.sum}]}


def _ism_status(_register: Register, _task: Fields) -> Fields:
    return {"status": {"notSentCount": 0, "notSentFirstDocNumber": 0}, "errors": {}}


def _last_params(register: Register, task: Fields) -> Fields:
    condition = register.condition
    fd = condition.last_receipt_fd if task.get("forReceipt") else condition.last_fd
    if not fd:
        raise DriverError(errors.FN_NO_MORE_DATA)
    warnings: Fields = {"recovered": True}
    if condition.pending:
        warnings["notPrinted"] = True
    return {"fiscalParams": register.document(fd)[1], "warnings": warnings}


def _by_kind(totals: dict[str, Counter]) -> Fields:
    return {kind: _counted(totals.get(kind, Counter())) for kind in vocabulary.RECEIPTS}


def _counted(counter: Counter) -> Fields:
    names = [*vocabulary.PAYMENTS, *(f"userPaymentType-{number}" for number in range(1, 6))]
    paid = {
        f"userPaymentType-{int(name) - 4}" if name.isdigit() else name: sum_
        for name, sum_ in counter.payments.items()
    }
    return {
        "count": counter.count,
        "sum": counter.sum,
        "payments": {name: paid.get(name, Decimal(0)) for name in names},
    }


def _moved(totals: dict[str, Counter], kind: str) -> Fields:
    counter = totals.get(kind, Counter())
    return {"count": counter.count, "sum": counter.sum}


READINGS: dict[str, Reading] = {
    "getShiftStatus": _shift_status,
    "getShiftTotals": _shift_totals,
    "getOverallTotals": _overall_totals,
    "getDepartmentSum": _department_sum,
    "getCashDrawerStatus": _drawer,
    "getDeviceInfo": _device_info,
    "getDeviceStatus": _device_status,
    "getFnInfo": _fn_info,
    "getFnStatus": _fn_status,
    "getFnDocument": _fn_document,
    "ofdExchangeStatus": _exchange_status,
    "ismExchangeStatus": _ism_status,
    "getRegistrationInfo": _registration,
    "getDeviceParameters": _parameters,
    "getLicenses": _licences,
    "getMcu": _mcu,
    "getLastFiscalParams": _last_params,
}
