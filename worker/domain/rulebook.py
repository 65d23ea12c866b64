"""
The rules for tasks in one table: each code with its severity, whose rule it is and what to do. The handbook is made of it.

Sources are sections of the register's reference (with the driver's error numbers in brackets), tags of the FFD, orders
and laws; "fiscal rule" is a row of the fiscal facts. A code is for programs and is never renamed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Severity(StrEnum):
    """What becomes of the task."""

    REFUSED = "refused"  # never sent: the register would refuse it, or money, tax or meaning would be lost
    WARNED = "warned"  # sent as it is: the law leaves room, or it depends on the register
    BOTH = "both"  # refused where the register is known to refuse it, else warned about


@dataclass(frozen=True)
class Rule:
    """
    One rule.

    Args:
        severity: what becomes of the task.
        source: whose rule it is.
        advice_en: what to do, in English.
        advice_ru: the same in Russian.

    """

    severity: Severity
    source: str
    advice_en: str
    advice_ru: str


# code | severity | source | what to do | что делать
_TABLE = """
too_large | refused | design §3: 128 KiB | Split the receipt. | Разделите чек.
too_deep | refused | design §3: 64 levels | Send a task as the vendor documents it. | Пришлите задание в том виде, в каком его описывает производитель.
bad_utf8 | refused | design §3; reference §1 | Send UTF-8. | Пришлите UTF-8.
bad_json | refused | design §3; reference 2.1 (400) | Send one JSON object. | Пришлите один объект JSON.
byte_order_mark | warned | reference §1: the first generation strips one | Write without the mark. | Пишите без метки порядка байтов.
bad_number | refused | design §3: no NaN; what a double cannot hold reaches no register unchanged | Send an ordinary number. | Пришлите обычное число.
bad_text | refused | design §3: valid UTF-8 | Send whole characters. | Пришлите целые символы.
duplicate_key | refused | RFC 8259 §4: which of the two counts is anybody's guess | Say it once. | Укажите поле один раз.
and_more | both | an answer stays readable | Mend what is named, then look again. | Исправьте названное и проверьте снова.
not_judged | refused | our own mistake: a rule broke on this task | Report it with the task. | Сообщите нам вместе с заданием.
envelope | refused | design §3: one task object is enqueued | Enqueue the object inside `request`. | Ставьте в очередь объект из `request`.
not_one_task | refused | one job is one task; reference 2.1, 7.3, §11 rule 2 | Enqueue each task by itself. | Ставьте каждое задание отдельно.
unknown_type | refused | reference 8.4 to 8.6, 9.2; §13: a register may get stuck on one for ever | Correct the type. | Исправьте тип.
refused_type | refused | reference 8.6: not to be undone, or not a queue's to do | Use the vendor's own tools. | Используйте программы производителя.
clock | warned | reference §10 (35, 36, 122, 142): the FN takes no time before its last document | Compare the clocks first. | Сначала сверьте часы.
missing | refused | reference 8.1: required, and absent, null or {} (501); beside agents 161, 167 | Say it. | Укажите поле.
wrong_type | refused | reference 8.1 (501) | Send the type that is named. | Пришлите значение названного типа.
empty_array | refused | reference 8.1 (501): an array is no object, an empty one neither | PHP's json_encode writes an empty array as []: leave the field out, or write (object)[]. | json_encode в PHP пишет пустой массив как []: не передавайте поле или пишите (object)[].
unknown_value | refused | reference 8.1 to 8.4 (501); an element with money would be skipped in silence | Take a word from the reference. | Возьмите слово из справочника.
unknown_element | warned | reference 8.1: skipped in silence | Correct the element's type, or leave it out. | Исправьте тип элемента или уберите его.
unknown_field | warned | reference 8.1: ignored in silence | Correct the name, or leave it out. | Исправьте имя поля или уберите его.
misspelled_field | refused | reference 8.1: ignored in silence, and money or tax with it | Write the name that is meant. | Напишите то имя, которое имелось в виду.
empty | warned | reference 8.1: an empty text is taken for none | Fill it in, or leave it out. | Заполните или уберите.
too_long | both | lengths of the FFD's tags; 1192: reference 8.3; 134: too long for the FN | Shorten it. | Сократите.
unprintable | warned | reference §10 (271): characters that no register prints | Leave control characters out. | Уберите управляющие символы.
not_digits | warned | tags 1230, 1244, 1245, 1262: codes of so many digits | Say the code as digits. | Укажите код цифрами.
bad_date | both | reference 8.2, 8.4 (501); tag 1243 | Write the day in the form that is named. | Запишите дату в названном виде.
date_separator | warned | reference 8.4: any is taken; 8.2: not every script takes it as it is meant | Separate by points. | Разделяйте точками.
not_base64 | both | reference 8.3 | Encode it as base64. | Закодируйте в base64.
bad_inn | refused | reference 8.1, §10: a malformed one is refused as too long | Correct the INN, or leave it out. | Исправьте ИНН или уберите его.
inn_length | warned | reference 8.1: a person's INN has 12 digits | Look whose INN it is. | Проверьте, чей это ИНН.
inn_control | warned | control digits of the tax service | Look for a typing error. | Поищите опечатку.
number_for_name | warned | reference 9.1: a number passes and may be ignored | Write the name. | Напишите имя.
driver_version | warned | reference 8.3, 9.1: older drivers answer 501; VAT: 176-FZ, 425-FZ | Look at the register's driver. | Проверьте версию драйвера.
reserved | refused | design §2: the marker | Say something else there. | Укажите там другое.
range_reversed | warned | reference 8.6 (93, 232): there is nothing from late to early | Swap the two. | Поменяйте местами.
overlay_form | refused | reference 8.3; the vendor's public script for a QR code beside text takes nothing else (501) | Make it a QR code at the left or right, 400 characters at most. | Сделайте его QR-кодом слева или справа, не длиннее 400 символов.
barcode_content | warned | GS1 general specifications; reference 8.3, §10 (157, 266) | Correct the code, or take another kind. | Исправьте код или выберите другой вид.
needs_ffd | both | reference 8.4 (191, 501); order ED-7-20/662@: what a format does not know | Say what the register's format knows. | Укажите то, что знает формат ККТ.
old_correction | both | reference 8.4: FFD 1.05 only | Say the positions. | Укажите позиции.
negative | refused | reference §10 (16): returns are tasks of their own | Send a return. | Оформите возврат.
out_of_range | both | reference 8.1; lengths of tags 1020, 1023, 1043, 1079; 59 | Say what the field can hold. | Укажите допустимое значение.
unrounded | warned | reference 8.1: sums have two decimals | Round before sending. | Округляйте до отправки.
quantity_places | warned | reference 8.1: three decimals, six in newer firmware | Round the quantity. | Округлите количество.
amount_differs | both | reference 8.3: printed as discount or markup; a markup above the price itself is refused (16) | Compare price, quantity and amount. | Сверьте цену, количество и сумму.
zero_price | warned | reference §10 (16) | Ask whether the register sells for nothing. | Уточните, пробивает ли ККТ нулевую цену.
zero_sum | warned | reference §10 (16) | Leave the task out. | Не отправляйте это задание.
zero_total | warned | reference 8.2 | Ask whether the receipt is needed. | Уточните, нужен ли чек.
empty_receipt | refused | reference 8.2: refused by the register (110) | Say what is sold. | Укажите, что продано.
wrong_total | refused | reference 8.2 (227) | Leave it out, or say the sum of the positions. | Уберите итог или укажите сумму позиций.
total_below_items | warned | reference 8.2: kopecks rounded down, not by every register | Ask whether the register rounds. | Уточните, округляет ли ККТ.
total_differs | warned | reference 8.4: the total of a correction without positions is what is paid | Say what is paid. | Укажите оплаченную сумму.
not_fully_paid | refused | reference 8.2 (66) | Say what is missing. | Укажите недостающую оплату.
cashless_above_total | refused | reference 8.2 (52) | Lower the payment. | Уменьшите оплату.
cashless_differs | warned | order ED-7-20/236@, tags 1082, 1234, 1235; fiscal rule 4 | Name each cashless payment once. | Назовите каждую безналичную оплату один раз.
change_on_return | warned | reference 8.2: change belongs to a sale | Pay out the total. | Выплатите ровно итог.
programmed_payment | warned | reference 8.2, §10 (60) | Ask the service, or say `other`. | Спросите сервис или укажите `other`.
no_tax | warned | reference 8.3, tag 1199 | Say the rate, or set the register's default. | Укажите ставку или задайте её для ККТ.
rates_clash | refused | reference §10 (219) | Split the receipt. | Разделите чек.
old_rate | warned | fiscal rules 5, 6: 425-FZ (20 % to 2025-12-31, tolerated to 2026-03-31), 303-FZ (18 % to 2018-12-31) | Say the present rate, unless an older sale is returned, corrected or offset. | Укажите действующую ставку, если это не возврат, коррекция или зачёт по старой продаже.
early_rate | warned | 425-FZ (22 % from 2026-01-01), 176-FZ (5 % and 7 % from 2025-01-01), 303-FZ (20 % from 2019-01-01) | Say the rate of that day. | Укажите ставку того дня.
usn_rate | warned | tax code art. 164 p. 8, 176-FZ: 5 % and 7 % are of the simplified system; art. 346.43 p. 11: a patent is without VAT; fiscal rule 7 | Compare rate and tax system. | Сверьте ставку и СНО.
prepayment_rate | warned | tax code art. 164 p. 4, tag 1199: a prepayment has the calculated rate | Say the rate as 10/110, 20/120, 22/122, 5/105, 7/107. | Укажите расчётную ставку.
tax_above_amount | refused | reference §10 (128 to 131) | Leave the sum of the VAT out. | Уберите сумму НДС.
tax_differs | warned | reference 8.2, 8.3: a sum that is said is used | Leave the sum of the VAT out. | Уберите сумму НДС.
foreign_taxation_type | refused | reference 8.2, §10 (143), tags 1055, 1062 | Say a tax system that the register is registered for. | Укажите СНО, на которую зарегистрирована ККТ.
no_taxation_type | warned | reference 8.2 (143, 161), tag 1055 | Say it, or set the register's default. | Укажите СНО или задайте её для ККТ.
old_taxation_type | warned | tax code, 97-FZ art. 5 p. 8: envd ended with 2020 | Say the present tax system. | Укажите действующую СНО.
signs_clash | warned | reference 8.3 (145, 216), tags 1212, 1214 | Compare method, object and payment. | Сверьте признаки расчёта и оплату.
unit_text | warned | reference 8.3, tags 1197, 2108 | Take a unit of FFD 1.2. | Возьмите меру ФФД 1.2.
unit_number | warned | reference 8.3, tag 2108 | Take a unit of FFD 1.2. | Возьмите меру ФФД 1.2.
code_ignored | warned | reference 8.3: markingCode wins over the next two | Say one of them. | Укажите что-то одно.
codes_clash | refused | reference 8.3 (501), tag 1163 | Say either `codes` or typed codes. | Укажите либо `codes`, либо коды по видам.
no_marking_code | warned | reference 8.3, tag 1163 | Say the code. | Укажите код маркировки.
mark_object | warned | reference 8.3 (217), tag 1212: 31 and 33 are what carries a code | Say `commodityWithMarking` or `exciseWithMarking`. | Укажите `commodityWithMarking` или `exciseWithMarking`.
mark_incomplete | warned | reference 9.1, 9.2, tag 2003 | Say the planned status. | Укажите планируемый статус.
mark_status | warned | reference 9.1, tag 2003: sold goods are sold, returned ones returned | Say the status that fits. | Укажите подходящий статус.
mark_measure | warned | reference 9.3 (17, 412), tags 1023, 2108 | Pieces one by one; dry goods with quantity and unit. | Штучный товар по одному; мерный с количеством и мерой.
bad_fraction | refused | reference 8.3, tag 1291 | Write it as `1/2`. | Запишите как `1/2`.
fraction_quantity | warned | reference 9.3 | Sell parts of a pack one by one. | Продавайте части упаковки по одной.
no_agents | warned | reference 8.3, tag 1222 | Say which agent. | Укажите признак агента.
agent_of_receipt | warned | order ED-7-20/662@: FFD 1.2 has no tag 1057; tag 1226 stands at positions | Say agent and supplier at each position. | Укажите агента и поставщика у каждой позиции.
agent_details | warned | 103-FZ, 161-FZ; tags 1005, 1016, 1026, 1044, 1073 to 1075 | Say what the law wants of this agent. | Укажите данные, которых закон требует от этого агента.
no_contact | warned | 54-FZ art. 1.2; fiscal rule 2; reference 8.2, tag 1008 | Say the buyer's e-mail or phone. | Укажите почту или телефон покупателя.
bad_contact | warned | fiscal rule 2; tag 1008 | Correct the address. | Исправьте адрес.
unseen_signs | refused | tag 1008 | Write the address anew: it holds signs that are not seen. | Введите адрес заново: в нём есть невидимые знаки.
no_place | warned | order ED-7-20/236@; reference 8.2, tags 1125, 1187 | Say the site's address. | Укажите адрес сайта.
said_twice | warned | reference §10 (160); 9.3: a code is of one piece | Leave the other out. | Уберите второй.
no_grounds | warned | reference 8.4, tags 1173, 1174, 1178, 1179 | Say why, and for which day. | Укажите основание и день.
future_day | warned | 54-FZ art. 4.3 p. 4, tag 1178: a correction is of a settlement made before; reference 8.4: the form alone is looked at | Correct the day. | Исправьте дату.
document_too_large | refused | reference 8.1 (501): 32,768 bytes | Split the receipt. | Разделите чек.
"""


def _rules() -> Mapping[str, Rule]:
    rules: dict[str, Rule] = {}
    for row in _TABLE.strip().splitlines():
        code, severity, *texts = (cell.strip() for cell in row.split("|"))
        rules[code] = Rule(Severity(severity), *texts)
    return MappingProxyType(rules)


RULES = _rules()
