"""
The pages that decide: replay one, replay many after a dry run, settle a doubt.

They ask for what is missing in the visitor's language and then say the verbs of `worker/app/operating.py`, which look
again at everything: what a form claims is believed nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from ops.cli.language import refused
from ops.console.gate import HEADERS, Gate, Refused, Visit
from ops.console.house import House
from ops.console.language import PageTexts
from ops.console.looking import Looking
from ops.console.runs import Runs
from worker.app import operating
from worker.app.answering import message
from worker.app.clock import RealClock
from worker.app.editing import replay_edited, to_contact
from worker.app.operating import Lack, Missing, Word
from worker.domain.errors import FiscalqError, OperatorError
from worker.domain.ports import Ledger
from worker.domain.verdicts import Verdict

JOBS_MAX = 5000  # of one bulk replay
DIGITS_MAX = 10  # of tag 1040


class Acting:
    """The decisions of a house."""

    def __init__(self, gate: Gate, house: House, looking: Looking, runs: Runs) -> None:
        """What is refused is shown on the page where it was asked for."""
        self._gate, self._house, self._looking, self._runs = gate, house, looking, runs
        self._clock = RealClock()

    def replay(self, visit: Visit) -> Response:
        """Replay one job."""
        register, ledger = self._looking.of(visit)
        job, word = visit.said("job"), word_of(visit)
        if not word.why:
            return self._back(visit, job, visit.texts("page.why_missing"))
        done = operating.replay(ledger, self._clock, [job], word, dry_run=False)
        lack = done.refused.get(job)
        if lack is not None:
            return self._back(visit, job, told(lack, job, register, visit.texts), 409)
        return to(f"/r/{register}/job", id=job, done="replayed")

    def send_elsewhere(self, visit: Visit) -> Response:
        """Replay one job to another contact of its buyer."""
        register, ledger = self._looking.of(visit)
        job, word = visit.said("job"), word_of(visit)
        unsaid = {"page.contact_missing": not visit.said("contact"), "page.why_missing": not word.why}
        if (missing := next((name for name, lacks in unsaid.items() if lacks), None)) is not None:
            return self._back(visit, job, visit.texts(missing))
        try:
            edit = to_contact(visit.said("contact"), self._house.defaults(register))
            done = replay_edited(ledger, self._clock, job, edit, word, dry_run=False)
        except OperatorError as error:
            return self._back(visit, job, refused_here(error, visit.texts))
        if done.lack is not None:
            return self._back(visit, job, told(done.lack, job, register, visit.texts), 409)
        return to(f"/r/{register}/job", id=job, done="replayed")

    def resolve(self, visit: Visit) -> Response:
        """Settle a doubt on the visitor's word."""
        register, ledger = self._looking.of(visit)
        job, word = visit.said("job"), word_of(visit)
        loaded = ledger.load(job)
        if loaded is None:
            raise Refused(404, "page.not_found")
        verdict = {one.value: one for one in (Verdict.PRINTED, Verdict.NOT_PRINTED)}.get(
            visit.said("verdict")
        )
        number = visit.said("document")
        document = (
            int(number) if number.isascii() and number.isdecimal() and len(number) <= DIGITS_MAX else None
        )
        if verdict is not None and loaded.verdict is verdict:  # the button was pressed twice
            return to(f"/r/{register}/job", id=job, done="resolved")
        if not loaded.in_doubt:
            return self._back(visit, job, visit.texts("page.refused_moved"), 409)
        unsaid = {
            "page.verdict_missing": verdict is None,
            "page.document_missing": verdict is Verdict.PRINTED and loaded.is_fiscal and document is None,
            "page.document_beside": verdict is Verdict.NOT_PRINTED and bool(number),
            "page.why_missing": not word.why,
            "page.resolve_unsure": not visit.said("sure"),
        }
        missing = next((name for name, lacks in unsaid.items() if lacks), None)
        if missing is not None or verdict is None:
            return self._back(visit, job, visit.texts(missing or "page.verdict_missing"))
        try:
            settled = operating.resolve(ledger, self._clock, job, verdict, word, document=document)
        except OperatorError as error:
            return self._back(visit, job, refused_here(error, visit.texts), 409)
        done = "resolved" if operating.unseen(ledger, settled) is None else "resolved_unseen"
        return to(f"/r/{register}/job", id=job, done=done)

    def withdraw(self, visit: Visit) -> Response:
        """Take back a job that the register does not have."""
        register, ledger = self._looking.of(visit)
        job = visit.said("job")
        try:
            operating.withdraw(ledger, self._clock, job, word_of(visit), self._house.register(register))
        except OperatorError as error:
            return self._back(visit, job, refused_here(error, visit.texts), 409)
        return to(f"/r/{register}/job", id=job, done="withdrawn")

    def forgo(self, visit: Visit) -> Response:
        """Let what is stopped behind a dead job go on without it."""
        register, ledger = self._looking.of(visit)
        job = visit.said("job")
        try:
            operating.forgo(ledger, self._clock, job, word_of(visit))
        except OperatorError as error:
            return self._back(visit, job, refused_here(error, visit.texts), 409)
        return to(f"/r/{register}/job", id=job, done="forgone")

    def plan(self, visit: Visit) -> Response:
        """A dry run of many: the chosen ones, those of one reason, or all that are dead."""
        register, ledger = self._looking.of(visit)
        word, jobs = word_of(visit), _chosen(visit, ledger)
        if not jobs:
            return self._looking.dead(visit, said=visit.texts("page.choose_none"), status=400)
        if not word.why:
            return self._looking.dead(visit, said=visit.texts("page.why_missing"), status=400)
        run = self._runs.plan(ledger, jobs, visit.user.name, word)
        refused = _lacks(run.planned, register, visit.texts)
        return self._gate.page(visit, "plan.html", register=register, run=run, refused=refused)

    def begin(self, visit: Visit) -> Response:
        """Begin a planned run; pressed twice, it runs once."""
        run = self._runs.find(visit.said("run"))
        register, ledger = self._looking.of(visit)
        if run is None or run.register != register or run.user != visit.user.name:
            raise Refused(404, "page.run_unknown")
        self._runs.begin(ledger, run)
        return to(f"/r/{register}/run", id=run.id)

    def run(self, visit: Visit) -> Response:
        """How far it is."""
        register, _ = self._looking.of(visit)
        run = self._runs.find(visit.asked("id"))
        if run is None or run.register != register or not run.begun:
            raise Refused(404, "page.run_unknown")
        refused = _lacks(dict(run.refused), register, visit.texts)
        return self._gate.page(visit, "run.html", register=register, run=run, refused=refused)

    def _back(self, visit: Visit, job: str, said: str, status: int = 400) -> Response:
        return self._looking.job(visit, job=job, said=said, status=status)


def refused_here(error: FiscalqError, texts: PageTexts) -> str:
    """Why something was refused, without the commands for which the page has buttons."""
    return texts.spoken(refused(error, texts))


def told(lack: Lack, job: str, register: str, texts: PageTexts) -> str:
    """What a replay of the job lacks, with the next step, in the words of `fiscalq replay`."""
    why = texts.spoken(message(lack.reason, texts.language)) if lack.reason is not None else ""
    return texts(f"missing.{lack.missing.value}", job=job, register=register, reason=why)


def _lacks(lacks: Mapping[str, Lack], register: str, texts: PageTexts) -> Sequence[tuple[str, str, bool]]:
    """Job, what it lacks, and whether it is a doubt; the doubts first."""
    said = [
        (job, told(lack, job, register, texts), lack.missing is Missing.PROOF) for job, lack in lacks.items()
    ]
    return sorted(said, key=lambda one: not one[2])


def word_of(visit: Visit) -> Word:
    """Who signed in, and the reason that they gave."""
    return Word(visit.user.name, visit.said("why"))


def _chosen(visit: Visit, ledger: Ledger) -> Sequence[str]:
    """The jobs of the form: by their boxes, by a reason, or all the dead of this moment."""
    match visit.said("which"):
        case "all":
            return operating.replayable(ledger)[:JOBS_MAX]
        case "reason":
            return operating.replayable(ledger, visit.said("reason"))[:JOBS_MAX]
        case _:
            return [job.strip() for job in visit.form.get("job", [])][:JOBS_MAX]


def to(path: str, **words: str) -> Response:
    """Lead there, so that a page that is loaded anew says nothing twice."""
    return RedirectResponse(f"{path}?{urlencode(words)}", 303, headers=HEADERS)
