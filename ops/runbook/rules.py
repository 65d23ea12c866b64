"""
The page of rules, made from the rulebook: `python -m ops.runbook.rules` writes `rules.md` beside this file.

A test holds that the page is what the rulebook makes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from worker.domain.rulebook import RULES, Severity

PAGE = Path(__file__).with_name("rules.md")
HEADS = {
    Severity.REFUSED: ("Refused", "Отказ", "Never sent.", "Не отправляется."),
    Severity.BOTH: (
        "Refused or warned about",
        "Отказ или предупреждение",
        "Refused where the register is known to refuse it, else a warning.",
        "Отказ, если известно, что ККТ откажет; иначе предупреждение.",
    ),
    Severity.WARNED: ("Warned about", "Предупреждение", "Sent as it is.", "Отправляется как есть."),
}
TOP = """# Rules for tasks / Правила для заданий

Made from `worker/domain/rulebook.py` by `python -m ops.runbook.rules`; change it there.

`fiscalq check FILE` names every problem and warning at once, each with the path in the task and one of these codes.
What depends on the day or on the register's format can be told to it: `--on 2026-01-01`, `--ffd 1.2`.

`fiscalq check FILE` называет сразу все ошибки и предупреждения: путь в задании и один из этих кодов.
День и формат ККТ, от которых зависят правила, можно указать: `--on 2026-01-01`, `--ffd 1.2`.
"""


def page() -> str:
    """The page as it must be."""
    parts = [TOP]
    for severity, (title_en, title_ru, told_en, told_ru) in HEADS.items():
        rows = [
            f"| `{code}` | {rule.source} | {rule.advice_en} | {rule.advice_ru} |"
            for code, rule in RULES.items()
            if rule.severity is severity
        ]
        head = "| code | source | what to do | что делать |\n| --- | --- | --- | --- |"
        parts.append(
            f"## {title_en} / {title_ru}\n\n{told_en} {told_ru}\n\n{head}\n" + "\n".join(rows) + "\n"
        )
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name}: {len(RULES)} rules\n")
