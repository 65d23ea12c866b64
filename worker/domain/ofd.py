"""
An OFD operator's export of documents (CSV) → documents of the third side. Pure.

Every operator has columns of its own, and changes them; so they are found by their names, wherever they stand and
whatever stands above them, and what the table does not know can be named (`--columns`). Column names are those of
operators' offices and interfaces as they are publicly known, and of the FNS's own format.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from types import MappingProxyType

from worker.domain.errors import OperatorError
from worker.domain.money import KOPECK, MONEY_MAX, ZERO, kopecks, total_of
from worker.domain.sides import OfdDocument

ROUBLE = Decimal(1)
DELIMITERS = ";,\t"
HEADER_ROWS = 40  # what an operator writes above its table: title, period, shop
PROBLEMS_SHOWN = 20  # a file of another kind has as many as it has rows
ENCODINGS = ("utf-8-sig", "cp1251")
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
WORKBOOK = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx, .xls

COLUMNS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "number": frozenset(
            {
                *("фд", "№ фд", "n фд", "номер фд", "номер документа", "номер фискального документа"),
                *("фискальный документ", "фискальный номер документа", "порядковый номер фд", "№ документа"),
                *("fd", "fd number", "fiscaldocumentnumber", "docnumber", "document number", "document"),
            }
        ),
        "total": frozenset(
            {
                *(
                    "сумма",
                    "итог",
                    "итого",
                    "сумма чека",
                    "сумма расчета",
                    "сумма документа",
                    "итого по чеку",
                ),
                *("сумма по чеку", "итоговая сумма", "общая сумма", "сумма итого", "всего"),
                *("total", "sum", "amount", "totalsum", "totalsumm"),
            }
        ),
        "kind": frozenset(
            {
                *(
                    "признак расчета",
                    "тип расчета",
                    "вид расчета",
                    "тип операции",
                    "операция",
                    "вид операции",
                ),
                *("kind", "operation", "operationtype", "type of settlement"),
            }
        ),
        "form": frozenset(
            {
                *(
                    "тип документа",
                    "вид документа",
                    "документ",
                    "тип фд",
                    "тип чека",
                    "наименование документа",
                ),
                *("форма", "form", "document type", "documenttype", "tag"),
            }
        ),
        "fn": frozenset(
            {
                *(
                    "фн",
                    "№ фн",
                    "номер фн",
                    "заводской номер фн",
                    "зн фн",
                    "серийный номер фн",
                    "фискальный накопитель",
                ),
                *("номер фискального накопителя", "fn", "fn number", "fnnumber", "fiscaldrivenumber"),
            }
        ),
        "cash": frozenset(
            {
                *("наличные", "наличными", "сумма наличными", "оплата наличными", "наличный расчет", "нал"),
                *("cash", "cashsumm", "cashtotalsum", "cash sum"),
            }
        ),
        "electronically": frozenset(
            {
                *("безналичные", "безналичными", "электронными", "сумма безналичными", "сумма электронными"),
                *("безналичная оплата", "безналичный расчет", "безнал", "электронные", "картой"),
                *("сумма оплаты безналичными", "оплата безналичными", "electronically", "cashless", "card"),
                *("ecashsumm", "ecashtotalsum"),
            }
        ),
        "prepaid": frozenset(
            {*("аванс", "авансом", "предоплата", "предоплатой", "зачет аванса"), "prepaid", "prepaidsum"}
        ),
        "credit": frozenset({"кредит", "кредитом", "постоплата", "постоплатой", "credit", "creditsum"}),
        "other": frozenset(
            {"встречное предоставление", "встречным предоставлением", "provisionsum", "other"}
        ),
    }
)
OF_A_POSITION_TOO = frozenset({"сумма", "sum", "amount"})  # a total only where no other column is called one
NEEDED = ("number", "total")
WAYS = ("cash", "electronically", "prepaid", "credit", "other")

# The longer word first: each return holds the word of what it returns.
KIND_WORDS = (
    *(("возврат прихода", "sellReturn"), ("возврат расхода", "buyReturn")),
    *(("приход", "sell"), ("расход", "buy"), ("продажа", "sell"), ("покупка", "buy")),
    *(("sellreturn", "sellReturn"), ("buyreturn", "buyReturn"), ("sell", "sell"), ("buy", "buy")),
    *(("refundincome", "sellReturn"), ("refundexpense", "buyReturn"), ("incomereturn", "sellReturn")),
    *(("expensereturn", "buyReturn"), ("income", "sell"), ("expense", "buy")),
)
KIND_NUMBERS = {"1": "sell", "2": "sellReturn", "3": "buy", "4": "buyReturn"}  # tag 1054
REPORTS = re.compile(r"отчет|отчёт|report|смен|регистрац", re.IGNORECASE)
CORRECTION = re.compile(r"коррекц|correction", re.IGNORECASE)
DIGITS = re.compile(r"[0-9]{1,10}")
SPACES = re.compile(r"[\s\u00a0\u202f]+")
CURRENCY = re.compile(r"(₽|руб\.?|р\.|rub)$", re.IGNORECASE)
IN_KOPECKS = re.compile(r"\b(коп|копейки|копейках|копеек|kop|kopecks?|kopeks?)\b", re.IGNORECASE)


def read_export(raw: bytes, columns: Mapping[str, str] | None = None) -> tuple[OfdDocument, ...]:
    """
    Read an export.

    Args:
        raw: the file; UTF-8 or Windows-1251, divided by `;`, `,` or tabulators.
        columns: names of columns that the table does not know, by our names (`number`, `total`, `kind`, …).

    Returns: receipts and corrections, in the order of the file; reports are left out, positions of one document counted once.
    Sums are roubles, those of a column whose name says kopecks, too.
    Raises: OperatorError that names every problem by its row.

    """
    text = _text(raw)
    for delimiter in DELIMITERS:
        rows = _rows(text, delimiter)
        places, begin = _header(rows, columns or {})
        if places:
            in_kopecks = {name for name, place in places.items() if IN_KOPECKS.search(rows[begin][1][place])}
            return _documents(rows[begin + 1 :], places, in_kopecks)
    wanted = "; ".join(f"{name}: {', '.join(_examples(name))} …" for name in NEEDED)
    raise OperatorError("export_columns", wanted=wanted)


def _examples(name: str) -> Sequence[str]:
    """Some names of a column, in both languages."""
    words = sorted(COLUMNS[name])
    return [
        *[word for word in words if not word.isascii()][:3],
        *[word for word in words if word.isascii()][:2],
    ]


def _text(raw: bytes) -> str:
    if raw.startswith(WORKBOOK):
        raise OperatorError("export_workbook")
    encodings = ("utf-16",) if raw.startswith(UTF_16) else ENCODINGS
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise OperatorError("export_encoding")


def _rows(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """The rows with the line on which each ends, which is the one that an editor shows."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[tuple[int, list[str]]] = []
    try:
        rows.extend((reader.line_num, [_cell(cell) for cell in row]) for row in reader)
    except csv.Error as error:
        raise OperatorError("export_cut", row=reader.line_num, error=error) from error
    return [(line, row) for line, row in rows if any(row)]


def _cell(cell: str) -> str:
    """Without the dress in which tables keep long numbers from being rounded: `="9999…"` and `'9999…`."""
    text = SPACES.sub(" ", cell).strip()
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    return text.removeprefix("'").strip()


def _header(rows: Sequence[tuple[int, list[str]]], named: Mapping[str, str]) -> tuple[dict[str, int], int]:
    """Where each column stands, and in which row the names are; empty when there is no such row."""
    for begin, (_, row) in enumerate(rows[:HEADER_ROWS]):
        found = {name: _place(row, name, named.get(name)) for name in COLUMNS}
        places = {name: place for name, place in found.items() if place is not None}
        if all(name in places for name in (*NEEDED, *named)):
            return places, begin
    return {}, 0


def _place(row: Sequence[str], name: str, theirs: str | None) -> int | None:
    """Where a column stands: what is called so exactly goes before what is only meant by it."""
    if theirs is not None:
        choices = [frozenset({theirs.lower()}), frozenset({_plain(theirs)})]
    else:
        choices = [COLUMNS[name] - OF_A_POSITION_TOO, COLUMNS[name] & OF_A_POSITION_TOO]
    for words in choices:
        for cells in ([cell.lower() for cell in row], [_plain(cell) for cell in row]):
            for place, cell in enumerate(cells):
                if cell in words:
                    return place
    return None


def _plain(name: str) -> str:
    """A column's name without case, unit and what stands in brackets."""
    name = re.sub(r"\([^)]*\)", " ", name.lower().replace("ё", "е"))
    name = re.sub(r"(,|\s)\s*(в\s+)?(руб\.?|рублях|р\.|₽|коп\.?|копейках|kopecks?)$", "", name.strip())
    return " ".join(name.replace("_", " ").split())


def _documents(
    rows: Sequence[tuple[int, list[str]]], places: Mapping[str, int], in_kopecks: set[str]
) -> tuple[OfdDocument, ...]:
    found: dict[tuple[str | None, int], OfdDocument] = {}
    problems: list[str] = []
    for line, row in rows:
        said = {name: row[place] if place < len(row) else "" for name, place in places.items()}
        if _is_no_document(said):
            continue
        document = _document(line, said, in_kopecks, problems)
        if document is None:
            continue
        known = found.setdefault((document.fn_number, document.number), document)
        if known.total != document.total:
            problems.append(
                f"row {line}: document {document.number} stands in row {known.row} with another total"
            )
    if problems:
        more = len(problems) - PROBLEMS_SHOWN
        told = [*problems[:PROBLEMS_SHOWN], *([f"… and {more} more"] if more > 0 else [])]
        raise OperatorError("export_refused", problems="".join(f"\n  - {problem}" for problem in told))
    return tuple(found.values())


def _is_no_document(said: Mapping[str, str]) -> bool:
    """A report of the register, or a line of sums under the table."""
    if REPORTS.search(said.get("form", "")):
        return True
    return not said["number"] or said["number"].lower().startswith(("итог", "всего", "total"))


def _document(
    line: int, said: Mapping[str, str], in_kopecks: set[str], problems: list[str]
) -> OfdDocument | None:
    before = len(problems)
    if not DIGITS.fullmatch(said["number"]):
        problems.append(f"row {line}: number: {said['number']!r} is no document's number")
    sums = {
        name: amount
        for name in ("total", *WAYS)
        if name in said and (said[name] or name == "total")
        for amount in [_sum(line, name, said[name], KOPECK if name in in_kopecks else ROUBLE, problems)]
        if amount is not None
    }
    total = sums.pop("total", None)
    if total_of(sums.values()) == total:  # else what is empty is not told, as on a further row of one receipt
        sums |= dict.fromkeys((name for name in WAYS if name in said and not said[name]), ZERO)
    kind = _kind(line, said, problems)
    if len(problems) > before or total is None:
        return None
    fn = said.get("fn", "").replace(" ", "") or None
    return OfdDocument(int(said["number"]), total, kind, sums, fn, line)


def _sum(line: int, name: str, said: str, unit: Decimal, problems: list[str]) -> Decimal | None:
    """Roubles, of so many `unit`; a comma or a point before the kopecks, whichever stands last, blanks between the thousands."""
    text = CURRENCY.sub("", said.strip()).replace(" ", "")
    point = max(text.rfind(","), text.rfind("."))
    if point >= 0:
        text = text[:point].replace(",", "").replace(".", "") + "." + text[point + 1 :]
    try:
        amount = Decimal(text) * unit if re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,10})?", text) else None
    except InvalidOperation:
        amount = None
    if amount is None or abs(amount) > MONEY_MAX or kopecks(amount) != amount:
        problems.append(f"row {line}: {name}: {said!r} is no sum")
        return None
    return kopecks(abs(amount))  # returns are written below zero by some; their kind says what they are


def _kind(line: int, said: Mapping[str, str], problems: list[str]) -> str | None:
    """The task type; None where the export does not say."""
    text = said.get("kind", "")
    plain = _plain(text).replace(" ", "")
    found = KIND_NUMBERS.get(plain) or next(_matching(plain), None)
    if text and found is None:
        problems.append(f"row {line}: kind: {text!r} is no kind of settlement")
    is_correction = CORRECTION.search(text) or CORRECTION.search(said.get("form", ""))
    return f"{found}Correction" if found is not None and is_correction else found


def _matching(plain: str) -> Iterator[str]:
    return (kind for word, kind in KIND_WORDS if word.replace(" ", "") in plain)
