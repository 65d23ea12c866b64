"""What the driver makes of receipts: sums, refusals, documents, paper (reference §8)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.desk import OPEN, Desk, marked, position, sale

CASH = {"type": "cash"}
CARD = {"type": "electronically"}


def test_a_sale_gives_the_fiscal_params_of_the_reference(desk: Desk) -> None:
    """Reference §8.7: numbers for document, receipt, shift, total; strings for sign, FN, registration."""
    desk.done(OPEN)
    result = desk.done(sale(149.9))["result"]
    params = result["fiscalParams"]
    assert result["warnings"] is None
    assert params["fiscalDocumentNumber"] == 2
    assert params["fiscalReceiptNumber"] == 1
    assert params["shiftNumber"] == 1
    assert params["total"] == 149.9
    assert params["fiscalDocumentSign"].isdigit()
    assert len(params["fnNumber"]) == 16
    assert params["fnNumber"].startswith("9999")
    assert params["fiscalDocumentDateTime"].endswith(":00+03:00")
    assert desk.slips()[-1]["total"] == "149.90"


def test_the_oracle_has_exactly_its_fields(desk: Desk) -> None:
    """The line of slips.jsonl; the marker is tag 1192 or the user attribute."""
    desk.done(OPEN)
    uuid = desk.post(marked("fqabcdefghijklmn"))
    desk.settled(uuid)
    attribute = {"type": "userAttribute", "name": "job", "value": "order-7"}
    desk.done(sale(items=[position(), attribute]))
    opened, first, second = desk.slips()
    assert list(first) == ["fd", "type", "total", "uuid", "marker", "datetime", "printed"]
    assert opened | {"datetime": "", "uuid": ""} == {
        "fd": 1, "type": "openShift", "total": None, "uuid": "", "marker": None, "datetime": "", "printed": True,
    }  # fmt: skip
    assert (first["uuid"], first["marker"], first["total"]) == (uuid, "fqabcdefghijklmn", "10.50")
    assert second["marker"] == "order-7"


def test_a_document_can_be_read_back_from_the_fn(desk: Desk) -> None:
    """Reference §8.6: tags with roubles as numbers, the type as a word."""
    desk.done(OPEN)
    attribute = {"type": "userAttribute", "name": "job", "value": "order-7"}
    task = sale(10.5, items=[position(10.5), attribute, {"type": "additionalAttribute", "value": "fq1"}])
    params = desk.done(task | {"type": "sellReturn"})["result"]["fiscalParams"]
    tags = desk.done({"type": "getFnDocument", "fiscalDocumentNumber": 2})["result"]["documentTLV"]
    assert tags["fiscalDocumentType"] == "receipt"
    assert tags["short"] is False
    assert tags["1012"] == params["fiscalDocumentDateTime"]
    assert tags["1077"] == f"3104{int(params['fiscalDocumentSign']):08X}"
    assert tags["1021"] == "Кассир Тестовый"
    assert (tags["1020"], tags["1031"], tags["1081"], tags["1054"]) == (10.5, 10.5, 0, 2)
    assert (tags["1038"], tags["1040"], tags["1042"]) == (1, 2, 1)
    assert tags["1192"] == "fq1"
    assert tags["1084"] == {"1085": "job", "1086": "order-7"}
    assert tags["1059"][0]["1030"] == "Товар"
    assert tags["qr"].endswith(f"&s=10.50&fn={tags['1041']}&i=2&fp={params['fiscalDocumentSign']}&n=2")
    opened = desk.done({"type": "getFnDocument", "fiscalDocumentNumber": 1})["result"]["documentTLV"]
    assert opened["fiscalDocumentType"] == "openShift"
    assert desk.done({"type": "getFnDocument", "fiscalDocumentNumber": 3})["code"] == 123


@pytest.mark.parametrize(
    ("task", "code"),
    [
        (sale(10, payments=[CASH | {"sum": 9.99}]), 66),
        (sale(10, payments=[]), 66),
        (sale(10, payments=[CARD | {"sum": 10.01}]), 52),
        (sale(10, payments=[CARD | {"sum": 6}, {"type": "prepaid", "sum": 5}]), 52),
        (sale(10, payments=[{"type": "7", "sum": 10}]), 60),
        (sale(10, total=9), 227),
        (sale(10, total=10.01), 227),
        (sale(10, items=[]), 110),
        (sale(10, taxationType="envd"), 143),
        (sale(10, items=[position(10, quantity=0)]), 17),
        (sale(10, items=[position(10, amount=20.01)]), 16),
        (sale(10, agentInfo={"agents": ["attorney"]}), 161),
        (
            sale(
                10, items=[position(10, agentInfo={"agents": ["attorney"]}, supplierInfo={"name": "Кто-то"})]
            ),
            161,
        ),
        (sale(20, items=[position(10, tax={"type": "vat18"}), position(10, tax={"type": "120"})]), 219),
        (sale(1, items=[position(1e290)]), 163),
    ],
)
def test_what_the_register_refuses_leaves_no_document(desk: Desk, task: dict[str, Any], code: int) -> None:
    """Reference §8.2: any failure before the closing cancels the receipt."""
    desk.done(OPEN)
    item = desk.done(task)
    assert (item["status"], item["code"]) == ("error", code)
    assert desk.last_fd() == 1


@pytest.mark.parametrize(
    ("task", "complaint"),
    [
        (sale(payments=None), 'Поле "payments" отсутствует'),
        (sale(items=[position(name=None)]), 'Поле "items[0].name" отсутствует'),
        (sale(items=[position(price="10")]), 'Поле "items[0].price" имеет неверный тип (ожидается "number")'),
        (sale(items=[position(quantity=True)]), 'Поле "items[0].quantity" имеет неверный тип'),
        (sale(items=[position(tax={"type": "vat13"})]), 'значение поля "items[0].tax.type" (vat13)'),
        (sale(items={"a": 1}), 'Поле "items" имеет неверный тип (ожидается "array")'),
        (sale(payments=[{"type": 0, "sum": 1}]), 'Поле "payments[0].type" имеет неверный тип'),
        (sale(payments=[{"type": "cash", "sum": {}}]), 'Поле "payments[0].sum" отсутствует'),
        (sale(operator={"vatin": "123456789047"}), 'Поле "operator.name" отсутствует'),
        (sale(items=[position(productCodes={"codes": ["a"], "gs1m": "b"})]), "productCodes.codes[]"),
        (sale(items=[position(agentInfo={"agents": [["x"]]})]), "agentInfo.agents[0]"),
        ({"type": "cashIn"}, 'Поле "cashSum" отсутствует'),
        (
            {"type": "sellCorrection", "correctionBaseDate": "yesterday"},
            'поля "correctionBaseDate" (yesterday)',
        ),
        ({"type": "no such thing"}, 'значение поля "type" (no such thing)'),
        ({}, 'Поле "type" отсутствует'),
    ],
)
def test_validation_names_the_path(desk: Desk, task: dict[str, Any], complaint: str) -> None:
    """Reference §8.1: code 501 and three forms of text."""
    item = desk.done(task)
    assert (item["status"], item["code"]) == ("error", 501)
    assert complaint in item["description"]
    assert desk.last_fd() == 0


def test_optional_fields_may_be_null_or_empty_and_unknown_ones_are_ignored(desk: Desk) -> None:
    """Reference §8.1; an unknown element is ignored too, a numeric string names a payment."""
    desk.done(OPEN)
    items = [position(department=None, agentInfo={}, tax={"type": "vat10", "sum": {}}), {"type": "hologram"}]
    task = sale(items=items, clientInfo=None, task="osn", payments=[{"type": "1", "sum": 10.5}])
    task["clientInfo"] = None
    assert desk.done(task)["status"] == "ready"


def test_sums_are_exact_to_the_kopeck(desk: Desk) -> None:
    """Each element is rounded half up before it is added (8.1)."""
    desk.done(OPEN)
    items = [position(0.1), position(0.2), position(33.33, quantity=1.115, amount=37.16295)]
    result = desk.done(sale(items=items, payments=[CASH | {"sum": 37.46}]))["result"]
    assert result["fiscalParams"]["total"] == 37.46
    drawer = desk.done({"type": "getCashDrawerStatus"})["result"]
    assert drawer == {"counters": {"cashSum": 37.46}, "cashDrawerStatus": {"cashDrawerOpened": False}}


def test_cash_above_the_total_gives_change(desk: Desk) -> None:
    """Reference §8.2: the drawer keeps the total, the paper names the change."""
    desk.done(OPEN)
    payments = [CARD | {"sum": 4}, CASH | {"sum": 0}, CASH | {"sum": 10}]
    assert desk.done(sale(10.5, payments=payments))["status"] == "ready"
    assert desk.state()["drawer"] == "6.50"
    paper = desk.call("GET", "/_sim/tape.txt").text
    assert "СДАЧА                                =3.50" in paper
    tags = desk.done({"type": "getFnDocument", "fiscalDocumentNumber": 2})["result"]["documentTLV"]
    assert (tags["1031"], tags["1081"]) == (6.5, 4)


def test_kopecks_may_be_rounded_off(desk: Desk) -> None:
    """`total` below the sum by less than a rouble is taken (8.2)."""
    desk.done(OPEN)
    result = desk.done(sale(10.5, total=10, payments=[CASH | {"sum": 10}]))["result"]
    assert result["fiscalParams"]["total"] == 10


def test_a_closed_shift_is_opened_for_the_receipt(desk: Desk) -> None:
    """Reference §8.2: `shiftAutoOpened`; the opening is a document of its own."""
    result = desk.done(sale())["result"]
    assert result["shiftAutoOpened"] is True
    assert [slip["type"] for slip in desk.slips()] == ["openShift", "sell"]
    assert result["fiscalParams"]["fiscalDocumentNumber"] == 2


def test_the_totals_of_the_shift_are_those_of_its_receipts(desk: Desk) -> None:
    """Reference §8.7."""
    desk.done(OPEN)
    desk.done(sale(10.5))
    desk.done(sale(5, payments=[CARD | {"sum": 5}]))
    desk.done(sale(2, type="sellReturn"))
    totals = desk.done({"type": "getShiftTotals"})["result"]["shiftTotals"]
    sold = totals["receipts"]["sell"]
    assert (sold["count"], sold["sum"]) == (2, 15.5)
    assert (sold["payments"]["cash"], sold["payments"]["electronically"]) == (10.5, 5)
    assert totals["receipts"]["sellReturn"]["sum"] == 2
    assert totals["cashDrawer"]["sum"] == 8.5
    assert (
        desk.done({"type": "getOverallTotals"})["result"]["overallTotals"]["receipts"]["sell"]["count"] == 2
    )


def test_what_the_service_programmed_decides(desk: Desk) -> None:
    """Reference §8.2, §8.3: a missing tax system, a rate switched off, a driver that is too old, an extra payment."""
    desk.done(OPEN)
    desk.turn(taxation_type_required=True)
    assert desk.done(sale(taxationType=None))["code"] == 161
    desk.turn(disabled_rates=["vat20"], user_payments=["7"], driver_year=2025)
    assert desk.done(sale(items=[position(tax={"type": "vat20"})]))["code"] == 144
    assert desk.done(sale(payments=[{"type": "7", "sum": 10.5}]))["status"] == "ready"
    assert desk.done(sale(items=[position(tax={"type": "vat22"})]))["code"] == 501
    desk.turn(driver_year=2026)
    assert desk.done(sale(122, items=[position(122, tax={"type": "vat22"})]))["status"] == "ready"
    tags = desk.done({"type": "getFnDocument", "fiscalDocumentNumber": 3})["result"]["documentTLV"]
    assert tags["1115"] == {"1119": [{"1199": 11, "1120": 22}]}


def test_corrections_by_format(desk: Desk) -> None:
    """Reference §8.4: positions from FFD 1.1 on, payments and taxes alone in 1.05."""
    desk.done(OPEN)
    basis = {
        "correctionType": "instruction",
        "correctionBaseDate": "2031.02.01",
        "correctionBaseNumber": "15/2",
    }
    old = {
        "type": "buyCorrection",
        **basis,
        "payments": [CASH | {"sum": 1000}, CARD | {"sum": 200}],
        "taxes": [{"type": "vat20", "sum": 200}, {"type": "none", "sum": 0}],
    }
    assert desk.done(old)["description"] == 'Поле "items" отсутствует'
    assert desk.done(sale(type="sellReturnCorrection", **basis))["status"] == "ready"
    desk.turn(ffd="1.05")
    assert desk.done(old | {"type": "sellReturnCorrection"})["code"] == 190
    assert desk.done(sale(type="sellCorrection", **basis))["code"] == 501
    assert desk.done(old)["result"]["fiscalParams"]["total"] == 1200
    tags = desk.done({"type": "getFnDocument", "fiscalDocumentNumber": 3})["result"]["documentTLV"]
    assert tags["fiscalDocumentType"] == "receiptCorrection"
    assert (tags["1054"], tags["1173"], tags["1174"]) == (3, 1, {"1178": "2031-02-01", "1179": "15/2"})
    assert (tags["1031"], tags["1081"], tags["1102"]) == (1000, 200, 200)


def test_an_electronic_receipt_needs_no_paper_to_come_out(desk: Desk) -> None:
    """Reference §8.1: no paper for this receipt, so none is missed."""
    desk.done(OPEN)
    desk.turn(paper=False)
    before = desk.call("GET", "/_sim/lines?after=0").json()["next"]
    assert desk.done(sale(electronically=True))["result"]["warnings"] is None
    assert desk.call("GET", "/_sim/lines?after=0").json()["next"] == before
    assert desk.slips()[-1]["printed"] is False


def test_the_size_of_a_receipt_is_told_when_asked(desk: Desk) -> None:
    """Reference §8.7, extras beside fiscalParams."""
    desk.done(OPEN)
    result = desk.done(sale(checkSize=True))["result"]
    assert 300 < result["receiptSize"] < 1000
    assert result["receiptPercentageSize"] == 1
