"""The error table says what reference §10 says, number by number."""

from __future__ import annotations

from collections import Counter

import pytest

from worker.adapters.atol import codes
from worker.adapters.atol.codes import CODES, lookup
from worker.domain.answers import Fault

NUMBERS = {*range(279), *range(401, 427), *range(500, 506), 601, 602, 603}

# Copied from the reference's lists by hand, not from the table under test.
BLOCKS_V1 = {
    2,
    3,
    4,
    15,
    115,
    116,
    117,
    118,
    119,
    120,
    121,
    122,
    124,
    133,
    134,
    135,
    136,
    137,
    138,
    141,
    142,
    159,
}
BLOCKS_V2_CONNECTION = {1, 2, 3, 4, 241}
BLOCKS_V2_FN = {115, 116, 159, 166, 177}
BLOCKS_V2_PAPER = {44, 45, 46, 114}
DOUBTFUL = {
    *(
        1,
        2,
        3,
        4,
        5,
        6,
        15,
        32,
        44,
        45,
        46,
        47,
        55,
        104,
        114,
        115,
        116,
        117,
        118,
        119,
        132,
        150,
        151,
        159,
        165,
        166,
    ),
    *(173, 174, 175, 176, 177, 200, 201, 203, 205, 241, 500, 601, 602, 603),
}

FAULTS = {
    Fault.TRANSIENT: {
        2,
        55,
        72,
        104,
        115,
        116,
        135,
        159,
        162,
        178,
        218,
        221,
        226,
        241,
        277,
        401,
        402,
        421,
        423,
        425,
        502,
    },
    Fault.PERSON: {28, 34, 35, 36, 44, 45, 46, 47, 114, 122, 132, 142, 150, 188, 198, 407, 408, 417},
    Fault.SHIFT: {12, 18, 32, 53, 64, 68, 73, 80, 81, 82, 83, 141, 151, 173, 177, 200, 205, 249, 415, 420},
    Fault.PAYLOAD: {
        13,
        16,
        17,
        52,
        66,
        79,
        98,
        110,
        124,
        133,
        143,
        144,
        161,
        172,
        219,
        227,
        228,
        405,
        409,
        426,
        501,
        504,
    },
    Fault.DEVICE: {
        6,
        14,
        33,
        56,
        62,
        70,
        71,
        89,
        96,
        113,
        117,
        118,
        120,
        121,
        137,
        140,
        165,
        166,
        189,
        224,
        406,
        418,
        424,
    },
    Fault.MARKING: {403, 404, 410, 422},
}


def test_every_number_of_the_reference_has_a_row_and_none_has_two() -> None:
    numbers = [code.number for row in codes._ROWS for code in codes._codes(*row)]
    assert set(numbers) == NUMBERS
    assert [number for number, count in Counter(numbers).items() if count > 1] == []


def test_the_marks_of_blocking_are_the_block_lists_of_5_2_and_5_3() -> None:
    assert {code.number for code in CODES.values() if code.blocks_v1} == BLOCKS_V1
    blocks_v2 = BLOCKS_V2_CONNECTION | BLOCKS_V2_FN | BLOCKS_V2_PAPER
    assert {code.number for code in CODES.values() if code.blocks_v2} == blocks_v2


def test_what_may_have_been_closed_is_doubtful_and_nothing_else_is() -> None:
    """0 beside the word `error` is a contradiction, which proves nothing."""
    assert {code.number for code in CODES.values() if code.doubtful} == DOUBTFUL | {0}


@pytest.mark.parametrize(
    ("fault", "number"), [(fault, n) for fault, numbers in FAULTS.items() for n in sorted(numbers)]
)
def test_a_code_asks_for_what_the_reference_says(fault: Fault, number: int) -> None:
    assert lookup(number).fault is fault


@pytest.mark.parametrize("number", [-1, 279, 400, 427, 499, 506, 600, 604, 999, 2000, 10**40])
def test_a_number_that_is_not_in_the_table_leaves_everything_open(number: int) -> None:
    code = lookup(number)
    assert (code.number, code.fault, code.doubtful) == (number, Fault.UNKNOWN, True)


@pytest.mark.parametrize("number", [1000, 1500, 1999])
def test_numbers_of_a_shops_own_scripts_are_refusals_of_the_task(number: int) -> None:
    code = lookup(number)
    assert (code.number, code.fault, code.doubtful) == (number, Fault.PAYLOAD, False)


def test_no_two_numbers_share_a_name() -> None:
    assert [name for name, count in Counter(code.name for code in CODES.values()).items() if count > 1] == []
