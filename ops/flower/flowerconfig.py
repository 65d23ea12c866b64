"""
Flower's settings: look at everything, change nothing, and never without a password.

Flower runs this file and takes the names that it knows (`read_only`, `basic_auth`, …) as its options; they win over its
own environment variables, and only the command line wins over them. What it shows and what stays open: README.md.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flower.urls import settings as pages
from flower.views.tasks import TASK_COLUMNS
from tornado.template import DictLoader


def _credentials(environ: Mapping[str, str]) -> str:
    """
    Give `user:password` for HTTP basic authentication.

    Args:
        environ: `FISCALQ_FLOWER_USER` (default `operator`), and `FISCALQ_FLOWER_PASSWORD` or
            `FISCALQ_FLOWER_PASSWORD_FILE` (a file that holds nothing else, such as a mounted secret).

    Raises: SystemExit when there is no password or Flower could not compare it: without one its pages are open.
    """
    user = environ.get("FISCALQ_FLOWER_USER") or "operator"
    secret = environ.get("FISCALQ_FLOWER_PASSWORD_FILE", "")
    try:
        password = (
            Path(secret).read_text(encoding="utf-8").strip()
            if secret
            else environ.get("FISCALQ_FLOWER_PASSWORD", "")
        )
    except (OSError, UnicodeDecodeError) as problem:
        raise _refusal(
            f"FISCALQ_FLOWER_PASSWORD_FILE cannot be read ({problem}).",
            f"файл из FISCALQ_FLOWER_PASSWORD_FILE не читается ({problem}).",
        ) from problem
    if not password.strip():
        raise _refusal(
            "set FISCALQ_FLOWER_PASSWORD, or FISCALQ_FLOWER_PASSWORD_FILE to a file that holds the password.",
            "задайте FISCALQ_FLOWER_PASSWORD или FISCALQ_FLOWER_PASSWORD_FILE (файл с паролем).",
        )
    # Flower compares with hmac.compare_digest, which knows ASCII text only, and a browser splits at the first colon.
    if not (user + password).isascii() or ":" in user:
        raise _refusal(
            "FISCALQ_FLOWER_USER and FISCALQ_FLOWER_PASSWORD must be ASCII, and the user's name must hold no colon.",
            "FISCALQ_FLOWER_USER и FISCALQ_FLOWER_PASSWORD — только знаки ASCII; в имени не должно быть двоеточия.",
        )
    return f"{user}:{password}"


def _refusal(english: str, russian: str) -> SystemExit:
    return SystemExit(f"Flower is not started: {english}\nFlower не запущен: {russian}")


basic_auth = [_credentials(os.environ)]
# Settling and repeating a job is `fiscalq resolve` and `fiscalq replay`, which know the ledger; Flower does not.
read_only = True

# The container's command line opens it to its own network; anywhere else a proxy stands in front.
address = "127.0.0.1"

# A task's id is the job's id, and its arguments are that id again. `result` tells the submission while one is under way.
TASK_COLUMNS["register"] = "Register"  # undocumented; pyproject.toml pins Flower's minor version for it
tasks_columns = "uuid,register,state,result,exception,received,started,runtime,worker"


def format_task(task: Any) -> Any:
    """Add the register to a row of the page: a worker is named `register@host`."""
    hostname = getattr(task.worker, "hostname", None) or ""
    task.register = hostname.partition("@")[0]
    task._fields = (*task._fields, "register")
    return task


def _with_ways_to(console: str, folder: Path) -> DictLoader:
    """
    Give Flower's own pages with a link to the console in their bar, and one from a task to its job.

    Args:
        console: its address, without a stroke at its end.
        folder: where Flower keeps its pages.

    """
    texts = {page.name: page.read_text(encoding="utf-8") for page in folder.glob("*.html")}
    bar = f'<li class="nav-item"><a class="nav-link" href="{console}/">fiscalq</a></li>'
    job = console + "/r/{{ task.register }}/job?id={{ url_escape(task.uuid) }}"
    actions = '<div class="detail-actions">'
    texts["navbar.html"] = texts["navbar.html"].replace("</ul>", f"{bar}</ul>", 1)
    texts["task.html"] = texts["task.html"].replace(
        actions, f'{actions}<a class="btn btn-primary" href="{job}">fiscalq</a>', 1
    )
    return DictLoader(texts)


console = os.environ.get("FISCALQ_FLOWER_CONSOLE", "").rstrip("/")
if console:
    if (
        not console.startswith(("http://", "https://"))
        or not console.isascii()
        or set(console) & set('"<>{} ')
    ):
        raise _refusal(
            "FISCALQ_FLOWER_CONSOLE is the console's address, for instance http://127.0.0.1:8790.",
            "FISCALQ_FLOWER_CONSOLE — это адрес консоли, например http://127.0.0.1:8790.",
        )
    pages["template_loader"] = _with_ways_to(console, Path(str(pages["template_path"])))

# Some days of receipts. The ledger keeps every job; Flower's memory is a window on the last of them.
max_tasks = 10_000

# That window outlives a restart. It is saved twice a minute, so that even a power cut leaves it nearly whole.
db = os.environ.get("FISCALQ_FLOWER_DB") or "flower"
persistent = "FISCALQ_FLOWER_DB" in os.environ  # whoever starts it otherwise has named no place
state_save_interval = 30_000
