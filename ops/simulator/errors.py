"""The driver's error numbers that this register gives, with the texts of reference §10."""

from __future__ import annotations

OK = 0
CONNECTION_DISABLED = 1
NO_CONNECTION = 2
INTERNAL = 6
NOT_SUPPORTED = 11
INVALID_SUM = 16
INVALID_QUANTITY = 17
DATE_TIME_LESS_THAN_FS = 36
NO_PAPER = 44
COVER_OPENED = 45
NONCASH_TOO_MUCH = 52
INVALID_PAYMENT_TYPE = 60
NOT_FULLY_PAID = 66
SHIFT_EXPIRED = 68
DENIED_IN_CLOSED_SHIFT = 73
NO_CASH = 80
DENIED_IN_OPENED_SHIFT = 83
INVALID_POSITIONS_COUNT = 110
FN_EXPIRED = 120
FN_NO_MORE_DATA = 123
RESOURCE_HAS_EXPIRED = 137
INVALID_TAXATION_TYPE = 143
INVALID_TAX_TYPE = 144
NO_REQUIRED_PROPERTY = 161
FLOAT_OVERFLOW = 163
FN_NOT_FOUND = 166
INVALID_FFD_VERSION = 190
VAT18_VAT20_IN_RECEIPT = 219
INVALID_TOTAL = 227
NO_DOCUMENTS_IN_JOURNAL = 232
CHECKING_MARK = 401
VALIDATION_CANCELED = 403
MARKING_STATE = 410
MARK_CHECK_TIMEOUT = 421
CODE_NOT_IN_TABLE = 422
PARSE_ERROR = 501
INTERRUPTED = 502
CANCELED = 503
ENVELOPE = 505

TEXTS = {
    OK: "Ошибок нет",
    CONNECTION_DISABLED: "Соединение не установлено",
    NO_CONNECTION: "Нет связи",
    3: "Порт занят",
    4: "Порт недоступен",
    5: "Некорректные данные от устройства",
    INTERNAL: "Внутренняя ошибка библиотеки",
    NOT_SUPPORTED: "Не поддерживается в данной версии",
    15: "Неизвестная ошибка",
    INVALID_SUM: "Неверная цена (сумма)",
    INVALID_QUANTITY: "Неверное количество",
    DATE_TIME_LESS_THAN_FS: "Дата и время меньше последней регистрации в ФН",
    NO_PAPER: "Нет бумаги",
    COVER_OPENED: "Открыта крышка",
    46: "Нет связи с принтером чеков",
    47: "Механическая ошибка печатающего устройства",
    NONCASH_TOO_MUCH: "Сумма не наличных платежей превышает сумму чека",
    55: "Предыдущая операция не завершена",
    INVALID_PAYMENT_TYPE: "Неверный вид оплаты",
    NOT_FULLY_PAID: "Чек оплачен не полностью",
    SHIFT_EXPIRED: "Смена превысила 24 часа",
    DENIED_IN_CLOSED_SHIFT: "Смена закрыта - операция невозможна",
    NO_CASH: "В ККТ нет денег для выплаты",
    DENIED_IN_OPENED_SHIFT: "Смена открыта, операция невозможна",
    INVALID_POSITIONS_COUNT: "Недопустимое кол-во позиций в чеке",
    114: "Перегрев головки принтера",
    115: "Ошибка обмена с ФН на уровне интерфейса I2C",
    116: "Ошибка формата передачи ФН",
    117: "Неверное состояние ФН",
    118: "Неисправимая ошибка ФН",
    FN_EXPIRED: "Закончен срок эксплуатации ФН",
    FN_NO_MORE_DATA: "В ФН нет запрошенных данных",
    RESOURCE_HAS_EXPIRED: "Ресурс хранения ФД исчерпан",
    INVALID_TAXATION_TYPE: "Некорректная СНО",
    INVALID_TAX_TYPE: "Недопустимый номер ставки налога",
    159: "Ошибка интерфейса ФН",
    NO_REQUIRED_PROPERTY: "Не указаны обязательные реквизиты",
    FLOAT_OVERFLOW: "Переполнение при вычислении",
    FN_NOT_FOUND: "ФН не найден",
    177: "Закрытие чека прервано",
    INVALID_FFD_VERSION: "Некорректная версия ФФД",
    VAT18_VAT20_IN_RECEIPT: "В чеке не может быть НДС 18% и 20%",
    INVALID_TOTAL: "Неверный итог чека",
    NO_DOCUMENTS_IN_JOURNAL: "В электронном журнале нет документов",
    241: "Соединение с ККТ потеряно",
    CHECKING_MARK: "Процедура проверки КМ уже запущена",
    VALIDATION_CANCELED: "Проверка КМ отменена",
    MARKING_STATE: "Процедура проверки КМ не запущена",
    MARK_CHECK_TIMEOUT: "Истёк таймаут проверки КМ",
    CODE_NOT_IN_TABLE: "КМ отсутствует в таблице",
    PARSE_ERROR: "Ошибка парсинга запроса",
    INTERRUPTED: "Выполнение прервано из-за предыдущих ошибок",
    CANCELED: "Задание отменено",
}


class DriverError(Exception):
    """
    The driver answers a task with an error.

    Args:
        code: the number of reference §10.
        description: its text; the usual one of that number when left out.
    """

    def __init__(self, code: int, description: str | None = None) -> None:
        self.code = code
        self.description = description or TEXTS.get(code, f"Ошибка {code}")
        super().__init__(f"{code}: {self.description}")
