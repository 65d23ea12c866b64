"""
The list of all pages, made from them: `python -m ops.runbook.index` writes `pages/{en,ru}/index.md`.

A test holds that the list is what the pages make.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from ops.runbook.handbook import GROUPS, HEADINGS, Language, title

PAGES = Path(__file__).with_name("pages")
HEADS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "symptoms": "What you may meet",
        "standstill": "Why a line stands still",
        "outlook": "What comes to an end",
        "reasons": "Why a job is dead, or stopped",
    },
    "ru": {
        "symptoms": "С чем можно встретиться",
        "standstill": "Почему стоит очередь",
        "outlook": "Что подходит к концу",
        "reasons": "Почему задание мертво или остановлено",
    },
}
TOPS: Mapping[Language, str] = {
    "en": """# Handbook

Take a breath: what was accepted is not lost, and nothing is printed twice on a guess. Every page says the same four
things: what you see, what is certain, the one next step, and what not to do. Not sure where to begin?
[An order's receipt did not print](order_not_printed.md).

The same pages on the terminal: `fiscalq explain CODE`. For the wall: [card](../../card.en.html).
""",
    "ru": """# Справочник

Спокойно: принятое не потеряно, и наугад ничего не печатается дважды. На каждой странице одно и то же: что вы видите,
что известно точно, один следующий шаг и чего не делать. Не знаете, с чего начать?
[Чек по заказу не напечатался](order_not_printed.md).

Те же страницы в терминале: `fiscalq explain КОД`. На стену: [памятка](../../card.ru.html).
""",
}


def index(language: Language) -> str:
    """The list as it must be."""
    parts = [TOPS[language]]
    for group, codes in GROUPS.items():
        rows = "\n".join(f"- [{title(code, language)}]({code}.md) `{code}`" for code in codes)
        parts.append(f"## {HEADS[language][group]}\n\n{rows}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    for language in HEADINGS:
        (PAGES / language / "index.md").write_text(index(language), encoding="utf-8")
    sys.stdout.write(f"{len(HEADINGS)} lists\n")
