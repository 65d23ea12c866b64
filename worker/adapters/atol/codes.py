"""
The error numbers of the register's driver, as data (reference §10).

A row stands for one number, or for several in a row that are judged alike. Names are those of the driver's constants
without their prefix, texts are the driver's own where the reference quotes them. What a number says about a receipt is
in its marks:

    T O S P D M   what it asks for: see `FAULTS`
    V             the outcome may be unknown: the FN must be read
    b1 b2         stops the queue of a server of generation v1, v2 (reference 5.2, 5.3)

The reference's classes of marking and of the web layer are told by what they ask for: "M T" passes by itself and is T,
"M P" stays wrong and is P, and so on; a bare M wants the marking check cleared and done again.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from worker.domain.answers import Fault


@dataclass(frozen=True)
class Code:
    """
    One error number.

    Args:
        number: as the register says it.
        name: the driver's constant; empty for a number that is not in the table.
        text: the driver's own words, empty where the reference does not quote them.
        fault: what it asks for.
        doubtful: whether the document may have been closed all the same.
        blocks_v1: whether a v1 server stops its queue on it, after a fiscal task.
        blocks_v2: the same for v2.

    """

    number: int
    name: str
    text: str
    fault: Fault
    doubtful: bool
    blocks_v1: bool = False
    blocks_v2: bool = False


USER_SCRIPTS = range(1000, 2000)  # numbers that a shop's own driver scripts may give: refusals of the task

FAULTS = MappingProxyType(
    {
        "T": Fault.TRANSIENT,
        "O": Fault.PERSON,
        "S": Fault.SHIFT,
        "P": Fault.PAYLOAD,
        "D": Fault.DEVICE,
        "M": Fault.MARKING,
        "-": Fault.UNKNOWN,
    }
)


def lookup(number: int) -> Code:
    """What is known of an error number. One that is not in the table leaves everything open (reference §10, last line)."""
    if number in USER_SCRIPTS:
        return Code(number, "USER_SCRIPT", "", Fault.PAYLOAD, doubtful=False)
    return CODES.get(number) or Code(number, "", "", Fault.UNKNOWN, doubtful=True)


_ROWS: tuple[tuple[int, str, str, str], ...] = (
    (0, "- V", "OK", "Ошибок нет"),  # an `error` that says "no error" tells nothing
    (1, "T V b2", "CONNECTION_DISABLED", "Соединение не установлено"),
    (2, "T V b1 b2", "NO_CONNECTION", "Нет связи"),
    (3, "T V b1 b2", "PORT_BUSY", "Порт занят"),
    (4, "T V b1 b2", "PORT_NOT_AVAILABLE", "Порт недоступен"),
    (5, "T V", "INCORRECT_DATA", "Некорректные данные от устройства"),
    (6, "D V", "INTERNAL", "Внутренняя ошибка библиотеки"),
    (7, "P", "UNSUPPORTED_CAST NO_REQUIRED_PARAM", ""),
    (9, "D", "INVALID_SETTINGS NOT_CONFIGURED", ""),
    (11, "P", "NOT_SUPPORTED", ""),  # this driver does not know such a task, and will not know it tomorrow
    (12, "S", "INVALID_MODE", "Не поддерживается в данном режиме"),
    (13, "P", "INVALID_PARAM", ""),
    (14, "D", "NOT_LOADED", ""),
    (15, "T V b1", "UNKNOWN", "Неизвестная ошибка"),
    (16, "P", "INVALID_SUM", "Неверная цена (сумма)"),
    (17, "P", "INVALID_QUANTITY", "Неверное количество"),
    (18, "S", "CASH_COUNTER_OVERFLOW", ""),
    (19, "P", "LAST_OPERATION_STORNO_DENIED STORNO_BY_CODE_DENIED LAST_OPERATION_NOT_REPEATABLE", ""),
    (22, "P", "DISCOUNT_NOT_REPEATABLE DISCOUNT_DENIED INVALID_COMMODITY_CODE INVALID_COMMODITY_BARCODE", ""),
    (26, "P", "INVALID_COMMAND_FORMAT", "Неверный формат команды"),
    (27, "P", "INVALID_COMMAND_LENGTH", "Неверная длина"),
    (28, "O", "BLOCKED_IN_DATE_INPUT_MODE NEED_DATE_ACCEPT", ""),
    (30, "S", "NO_MORE_DATA NO_ACCEPT_OR_CANCEL", ""),
    (32, "S V", "BLOCKED_BY_REPORT_INTERRUPTION", "Отчет о закрытии смены прерван"),
    (33, "D", "DISABLE_CASH_CONTROL_DENIED", ""),
    (34, "O", "MODE_BLOCKED", "Вход в режим заблокирован"),
    (35, "O", "CHECK_DATE_TIME DATE_TIME_LESS_THAN_FS", ""),
    (37, "P", "CLOSE_ARCHIVE_DENIED COMMODITY_NOT_FOUND WEIGHT_BARCODE_WITH_INVALID_QUANTITY", ""),
    (40, "P", "RECEIPT_BUFFER_OVERFLOW QUANTITY_TOO_FEW STORNO_TOO_MUCH BLOCKED_COMMODITY_NOT_FOUND", ""),
    (44, "O V b2", "NO_PAPER", "Нет бумаги"),
    (45, "O V b2", "COVER_OPENED", "Открыта крышка"),
    (46, "O V b2", "PRINTER_FAULT", "Нет связи с принтером чеков"),
    (47, "O V", "MECHANICAL_FAULT", "Механическая ошибка печатающего устройства"),
    (48, "P", "INVALID_RECEIPT_TYPE INVALID_UNIT_TYPE NO_MEMORY PICTURE_NOT_FOUND", ""),
    (52, "P", "NONCACH_PAYMENTS_TOO_MUCH", "Сумма не наличных платежей превышает сумму чека"),
    (53, "S", "RETURN_DENIED", "Накопление меньше суммы возврата или аннулирования"),
    (54, "P", "PAYMENTS_OVERFLOW", ""),
    (55, "T V", "BUSY", "Предыдущая операция не завершена"),
    (56, "D", "GSM", ""),
    (57, "P", "INVALID_DISCOUNT OPERATION_AFTER_DISCOUNT_DENIED", ""),
    (59, "P", "INVALID_DEPARTMENT", "Неверная секция"),
    (60, "P", "INVALID_PAYMENT_TYPE", "Неверный вид оплаты"),
    (61, "P", "MULTIPLICATION_OVERFLOW", ""),
    (62, "D", "DENIED_BY_SETTINGS", "Операция запрещена в таблице настроек"),
    (63, "P", "TOTAL_OVERFLOW", ""),
    (64, "S", "DENIED_IN_ANNULATION_RECEIPT JOURNAL_OVERFLOW", ""),
    (66, "P", "NOT_FULLY_PAID", "Чек оплачен не полностью"),
    (67, "S", "DENIED_IN_RETURN_RECEIPT", ""),
    (68, "S", "SHIFT_EXPIRED", "Смена превысила 24 часа"),
    (69, "S", "DENIED_IN_SELL_RECEIPT", ""),
    (70, "D", "FISCAL_MEMORY_OVERFLOW", "Переполнение ФП"),
    (71, "D", "INVALID_PASSWORD", "Неверный пароль"),
    (72, "T", "JOURNAL_BUSY", ""),
    (73, "S", "DENIED_IN_CLOSED_SHIFT", "Смена закрыта - операция невозможна"),
    (74, "D", "INVALID_TABLE_NUMBER INVALID_ROW_NUMBER INVALID_FIELD_NUMBER", ""),  # of its settings
    (77, "P", "INVALID_DATE_TIME INVALID_STORNO_SUM", ""),
    (79, "P", "CHANGE_CALCULATION", "Подсчет суммы сдачи невозможен"),
    (80, "S", "NO_CASH", "В ККТ нет денег для выплаты"),
    (81, "S", "DENIED_IN_CLOSED_RECEIPT DENIED_IN_OPENED_RECEIPT", ""),
    (83, "S", "DENIED_IN_OPENED_SHIFT", "Смена открыта, операция невозможна"),
    (84, "D", "SERIAL_NUMBER_ALREADY_ENTERED TOO_MUCH_REREGISTRATIONS INVALID_SHIFT_NUMBER", ""),
    (87, "D", "INVALID_SERIAL_NUMBER INVALID_RNM_VATIN", ""),
    (89, "D", "FISCAL_PRINTER_NOT_ACTIVATED", "ККТ не зарегистрирована"),
    (90, "D", "SERIAL_NUMBER_NOT_ENTERED", ""),
    (91, "S", "NO_MORE_REPORTS MODE_NOT_ACTIVATED RECORD_NOT_FOUND_IN_JOURNAL", ""),
    (94, "D", "INVALID_LICENSE NEED_FULL_RESET DENIED_BY_LICENSE", ""),
    (97, "P", "DISCOUNT_CANCELLATION_DENIED CLOSE_RECEIPT_DENIED", ""),
    (99, "P", "INVALID_ROUTE_NUMBER INVALID_START_ZONE_NUMBER INVALID_END_ZONE_NUMBER", ""),
    (102, "P", "INVALID_RATE_TYPE INVALID_RATE", ""),
    (104, "T V", "FISCAL_MODULE_EXCHANGE", ""),
    (105, "D", "NEED_TECHNICAL_SUPPORT SHIFT_NUMBERS_DID_NOT_MATCH", ""),
    (107, "D", "DEVICE_NOT_FOUND EXTERNAL_DEVICE_CONNECTION", ""),
    (109, "P", "DISPENSER_INVALID_STATE", ""),
    (110, "P", "INVALID_POSITIONS_COUNT", "Недопустимое кол-во позиций в чеке"),
    (111, "P", "DISPENSER_INVALID_NUMBER INVALID_DIVIDER", ""),
    (113, "D", "FN_ACTIVATION_DENIED", ""),
    (114, "O V b2", "PRINTER_OVERHEAT", "Перегрев головки принтера"),
    (115, "T V b1 b2", "FN_EXCHANGE", "Ошибка обмена с ФН на уровне интерфейса I2C"),
    # The reference gives 116 no class but V: bytes between register and FN were garbled, as in 115, and that passes.
    (116, "T V b1 b2", "FN_INVALID_FORMAT", "Ошибка формата передачи ФН"),
    (117, "D V b1", "FN_INVALID_STATE", "Неверное состояние ФН"),
    (118, "D V b1", "FN_FAULT", "Неисправимая ошибка ФН"),
    (119, "D V b1", "FN_CRYPTO_FAULT", "Ошибка КС ФН"),
    (120, "D b1", "FN_EXPIRED", "Закончен срок эксплуатации ФН"),
    (121, "D b1", "FN_OVERFLOW", "Архив ФН переполнен"),
    (122, "O b1", "FN_INVALID_DATE_TIME", "В ФН переданы неверная дата или время"),
    (123, "P", "FN_NO_MORE_DATA", "В ФН нет запрошенных данных"),  # asked again, it is still not there
    (124, "P b1", "FN_TOTAL_OVERFLOW", ""),
    (125, "D", "BUFFER_OVERFLOW PRINT_SECOND_COPY_DENIED NEED_RESET_JOURNAL", ""),
    (128, "P", "TAX_SUM_TOO_MUCH", "Некорректная сумма налога"),
    (129, "P", "TAX_ON_LAST_OPERATION_DENIED", ""),
    (130, "D", "INVALID_FN_NUMBER", ""),
    (131, "P", "TAX_CANCEL_DENIED", ""),
    (132, "O V", "LOW_BATTERY", "Недостаточно питания"),
    (133, "P b1", "FN_INVALID_COMMAND FN_COMMAND_OVERFLOW", ""),
    (135, "T b1", "FN_NO_TRANSPORT_CONNECTION", ""),
    (136, "D b1", "FN_CRYPTO_HAS_EXPIRED", ""),
    (137, "D b1", "FN_RESOURCE_HAS_EXPIRED", "Ресурс хранения ФД исчерпан"),
    (138, "T b1", "INVALID_MESSAGE_FROM_OFD", ""),
    (139, "D", "FN_HAS_NOT_SEND_DOCUMENTS FN_TIMEOUT", ""),
    (141, "S b1", "FN_SHIFT_EXPIRED", "Продолжительность смены ФН более 24 часов"),
    (142, "O b1", "FN_INVALID_TIME_DIFFERENCE", ""),
    (143, "P", "INVALID_TAXATION_TYPE", "Некорректная СНО"),
    (144, "P", "INVALID_TAX_TYPE", "Недопустимый номер ставки налога"),
    (145, "P", "INVALID_COMMODITY_PAYMENT_TYPE INVALID_COMMODITY_CODE_TYPE EXCISABLE_COMMODITY_DENIED", ""),
    (148, "P", "FISCAL_PROPERTY_WRITE INVALID_COUNTER_TYPE", ""),
    (150, "O V", "CUTTER_FAULT", "Ошибка отрезчика"),
    (151, "S V", "REPORT_INTERRUPTED", "Снятие отчета прервалось"),
    (152, "P", "INVALID_LEFT_MARGIN INVALID_ALIGNMENT INVALID_TAX_MODE FILE_NOT_FOUND PICTURE_TOO_BIG", ""),
    (157, "P", "INVALID_BARCODE_PARAMS FISCAL_PROPERTY_DENIED", ""),
    (159, "T V b1 b2", "FN_INTERFACE", "Ошибка интерфейса ФН"),
    (160, "P", "DATA_DUPLICATE", ""),
    (161, "P", "NO_REQUIRED_FISCAL_PROPERTY", "Не указаны обязательные реквизиты"),
    (162, "T", "FN_READ_DOCUMENT", ""),
    (163, "P", "FLOAT_OVERFLOW", ""),
    (164, "D", "INVALID_SETTING_VALUE", ""),
    (165, "D V", "HARD_FAULT", "Внутренняя ошибка ККТ"),
    (166, "D V b2", "FN_NOT_FOUND", "ФН не найден"),
    (167, "P", "INVALID_AGENT_FISCAL_PROPERTY INVALID_FISCAL_PROPERTY_VALUE_1002_1056", ""),
    (169, "P", "INVALID_FISCAL_PROPERTY_VALUE_1002_1017", ""),
    (170, "D", "SCRIPT INVALID_USER_MEMORY_INDEX", ""),
    (172, "P", "NO_ACTIVE_OPERATOR", "Кассир не зарегистрирован"),
    (173, "S V", "REGISTRATION_REPORT_INTERRUPTED CLOSE_FN_REPORT_INTERRUPTED", ""),
    (175, "S V", "OPEN_SHIFT_REPORT_INTERRUPTED OFD_EXCHANGE_REPORT_INTERRUPTED", ""),
    # The reference gives 177 no class but V: another task, continuePrint, finishes the document, as after 173-176.
    (177, "S V b2", "CLOSE_RECEIPT_INTERRUPTED", "Закрытие чека прервано"),
    (178, "T", "FN_QUERY_INTERRUPTED", ""),
    (179, "D", "RTC_FAULT MEMORY_FAULT CHIP_FAULT TEMPLATES_CORRUPTED INVALID_MAC_ADDRESS", ""),
    (184, "D", "INVALID_SCRIPT_NUMBER SCRIPTS_FAULT INVALID_SCRIPTS_VERSION INVALID_CLICHE_FORMAT", ""),
    (188, "O", "WAIT_FOR_REBOOT", "Требуется перезагрузка ККТ"),
    (189, "D", "NO_LICENSE", "Подходящие лицензии не найдены"),
    (190, "D", "INVALID_FFD_VERSION CHANGE_SETTING_DENIED", ""),
    (192, "P", "INVALID_NOMENCLATURE_TYPE INVALID_GTIN NEGATIVE_MATH_RESULT", ""),
    (195, "P", "FISCAL_PROPERTIES_COMBINATION", "Недопустимое сочетание реквизитов"),
    (196, "P", "OPERATOR_LOGIN", "Не удалось зарегистрировать кассира"),
    (197, "D", "INVALID_INTERNET_CHANNEL", ""),
    (198, "O", "DATETIME_NOT_SYNCRONIZED", ""),
    (199, "D", "JOURNAL", ""),
    (200, "S V", "DENIED_IN_OPENED_DOC DENIED_IN_CLOSED_DOC", ""),
    (202, "D", "LICENSE_MEMORY_OVERFLOW", ""),
    (203, "S V", "NEED_CANCEL_DOCUMENT", ""),
    (204, "D", "REGISTERS_NOT_INITIALIZED", ""),
    (205, "S V", "TOTAL_REQUIRED", ""),
    (206, "D", "SETTINGS_FAULT COUNTERS_FAULT USER_MEMORY_FAULT SERVICE_COUNTERS_FAULT", ""),
    (210, "D", "ATTRIBUTES_FAULT ALREADY_IN_UPDATE_MODE INVALID_FIRMWARE INVALID_CHANNEL INTERFACE_DOWN", ""),
    (215, "P", "INVALID_FISCAL_PROPERTY_VALUE_1212_1030", ""),
    (216, "P", "INVALID_FISCAL_PROPERTY_VALUE_1214", "Некорректный признак способа расчета"),
    (217, "P", "INVALID_FISCAL_PROPERTY_VALUE_1212", ""),
    (218, "T", "SYNC_TIME", ""),
    (219, "P", "VAT18_VAT20_IN_RECEIPT", "В чеке не может быть НДС 18% и 20%"),
    (220, "P", "PICTURE_NOT_CLOSED", ""),
    (221, "T", "INTERFACE_BUSY", "Сетевой интерфейс занят"),
    (222, "P", "INVALID_PICTURE_NUMBER", ""),
    (223, "D", "INVALID_CONTAINER", ""),
    (224, "D", "ARCHIVE_CLOSED", "Архив ФН закрыт"),
    (225, "D", "NEED_REGISTRATION", ""),
    (226, "T", "DENIED_DURING_UPDATE", ""),
    (227, "P", "INVALID_TOTAL", "Неверный итог чека"),
    (228, "P", "MARKING_CODE_CONFLICT INVALID_RECORDS_ID", ""),  # 229: as 123
    (230, "D", "INVALID_SIGNATURE", ""),
    (231, "P", "INVALID_EXCISE_SUM NO_DOCUMENTS_FOUND_IN_JOURNAL", ""),  # 232: as 123
    (233, "P", "INVALID_SCRIPT_TYPE INVALID_SCRIPT_NAME INVALID_POSITIONS_COUNT_WITH_1162", ""),
    (236, "D", "UC_1 UC_2 UC_3 UC_4 UC_5", ""),  # universal counters, which the sources name differently
    (241, "T V b2", "CONNECTION_LOST", "Соединение с ККТ потеряно"),
    (242, "D", "UNIVERSAL_COUNTERS_FAULT", ""),
    (243, "P", "INVALID_TAX_SUM INVALID_MARKING_CODE_TYPE", ""),
    (245, "D", "LICENSE_HARD_FAULT LICENSE_INVALID_SIGN LICENSE_INVALID_SERIAL LICENSE_INVALID_TIME", ""),
    (249, "S", "DOCUMENT_CANCELED", "Документ был отменен"),
    (250, "P", "INVALID_SCRIPT_PARAMS", ""),
    (251, "D", "CLICHE_TOO_LONG COMMODITIES_TABLE_FAULT COMMODITIES_TABLE", ""),
    (254, "D", "COMMODITIES_TABLE_INVALID_TAG COMMODITIES_TABLE_INVALID_TAG_SIZE", ""),
    (256, "D", "COMMODITIES_TABLE_NO_TAG_DATA COMMODITIES_TABLE_NO_FREE_MEMORY INVALID_CACHE", ""),
    (259, "D", "SCHEDULER_NOT_READY SCHEDULER_INVALID_TASK MINIPOS_NO_POSITION_PAYMENT", ""),
    (262, "D", "MINIPOS_COMMAND_TIME_OUT MINIPOS_MODE_FR_DISABLED ENTRY_NOT_FOUND_IN_OTP", ""),
    (265, "P", "EXCISABLE_COMMODITY_WITHOUT_EXCISE BARCODE_TYPE_NOT_SUPPORTED OVERLAY_DATA_OVERFLOW", ""),
    (268, "D", "INVALID_MODULE_ADDRESS ECR_MODEL_NOT_SUPPORTED", ""),
    (270, "P", "PAID_NOT_REQUIRED NON_PRINTABLE_CHAR INVALID_USER_TAG", ""),
    (273, "D", "COMMODITIES_TABLE_ITERATION_STOPPED COMMODITIES_TABLE_INVALID_CSV_FORMAT", ""),
    (275, "D", "MINIPOS_NO_FILE_ON_USB_STORE", ""),
    (276, "P", "MINIPOS_NO_AGENT_FISCAL_PROPERTY", ""),
    (277, "T", "NO_CONNECTION_WITH_PRINT_SERVICE", ""),
    (278, "D", "LICENSE", ""),
    (401, "T", "MARKING_CODE_VALIDATION_IN_PROGRESS NO_CONNECTION_WITH_SERVER", ""),
    (403, "M", "MARKING_CODE_VALIDATION_CANCELED INVALID_MARKING_CODE_STATUS", ""),
    (405, "P", "INVALID_GS1", ""),
    (406, "D", "MARKING_WORK_DENIED", ""),
    (407, "O", "MARKING_WORK_TEMPORARY_BLOCKED MARKS_OVERFLOW", ""),
    (409, "P", "INVALID_MARKING_CODE", ""),
    (410, "M", "INVALID_STATE", ""),
    (411, "T", "OFD_EXCHANGE", ""),
    (412, "P", "INVALID_MEASUREMENT_UNIT", ""),
    (413, "D", "OPERATION_DENIED_IN_CURRENT_FFD MARKING_OPERATION_DENIED", ""),
    (415, "S", "NO_DATA_TO_SEND", ""),
    (416, "P", "NO_MARKED_POSITION", ""),
    (417, "O", "HAS_NOT_SEND_NOTICES", ""),
    (418, "D", "UPDATE_KEYS_REQUIRED UPDATE_KEYS_SERVICE", ""),
    (420, "S", "MARK_NOT_CHECKED", ""),
    (421, "T", "MARK_CHECK_TIMEOUT_EXPIRED", ""),
    (422, "M", "NO_MARKING_CODE_IN_TABLE", ""),
    (423, "T", "CHEKING_MARK_IN_PROGRESS", ""),
    (424, "D", "INVALID_SERVER_ADDRESS", ""),
    (425, "T", "UPDATE_KEYS_TIMEOUT", ""),
    (426, "P", "PROPERTY_FOR_MARKING_POSITION_ONLY", ""),
    # 500 is the web layer's own trouble, its database say; 505 is no task's, should it ever stand in one. Both pass.
    (500, "T V", "BASE_WEB", ""),
    (501, "P", "RECEIPT_PARSE_ERROR", "Ошибка парсинга запроса"),
    (502, "T", "INTERRUPTED_BY_PREVIOUS_ERRORS", "Выполнение прервано из-за предыдущих ошибок"),
    # 503 with `error` is a fault of the driver's own scripts; with `canceled` it says no more than that word.
    (503, "D", "DRIVER_SCRIPT_ERROR", ""),
    (504, "P", "VALIDATE_FUNC_NOT_FOUND", ""),
    (505, "T", "WEB_FAIL", ""),
    (601, "T V", "RCP_SERVER_BUSY RCP_SERVER_VERSION RCP_SERVER_EXCHANGE", ""),
)


def _codes(first: int, marks: str, names: str, text: str) -> list[Code]:
    fault, *flags = marks.split()
    return [
        Code(number, name, text, FAULTS[fault], "V" in flags, "b1" in flags, "b2" in flags)
        for number, name in enumerate(names.split(), first)
    ]


CODES = MappingProxyType({code.number: code for row in _ROWS for code in _codes(*row)})
