"""
Every Redis key of a register, with its type and meaning: the only place in Python that builds one.

`fiscalq.lua` builds the same names from the first, so all keys of a register share its hash tag (design §4).
"""

from __future__ import annotations

from worker.domain.errors import ConfigError
from worker.domain.identity import REGISTER_NAME


class Keys:
    """
    The keys of one register.

    Raises: ConfigError for what is no register name.
    """

    def __init__(self, register: str) -> None:
        if not REGISTER_NAME.fullmatch(register):
            text = f"{register!r} is no register name: use 1 to 32 of a-z 0-9 -, not - first"
            raise ConfigError(text, "register_name", name=register)
        self.registry = f"fiscalq:{{{register}}}"
        """Hash, the register's entry: `library`, `queue_max`, `installed_at`, `stopped_reason`; the counters `accepted` (numbers given
        to jobs that joined the line), `fence` (leases given) and `ticketed` (number of the last job with a ticket)."""
        self.inbox = f"{self.registry}:inbox"
        """List, newest on the left: what producers pushed and nobody has taken in, `{"id":…,"task":…,"options":…}`."""
        self.open = f"{self.registry}:open"
        """Sorted set of jobs by number: neither printed nor dead, in the order in which they shall print."""
        self.stopped = f"{self.registry}:stopped"
        """Sorted set of jobs by number: held back behind a dead one of their sequence (`stopped` in the view says which)."""
        self.dead = f"{self.registry}:dead"
        """Sorted set of jobs by the second in which they died: given up, with either verdict."""
        self.doubts = f"{self.registry}:doubts"
        """Sorted set of jobs by number: those of the dead that are in doubt."""
        self.done = f"{self.registry}:done"
        """Sorted set of jobs by the second in which they were recorded as printed."""
        self.events = f"{self.registry}:events"
        """Stream, cut to the last `limits.events_kept`: `job`, `state`, `verdict`, `at`; one entry per change of either."""
        self.line = f"{self.registry}:line"
        """Hash: what the worker remembers of the line, short texts by name."""
        self.shifts = f"{self.registry}:shifts"
        """Hash: what is kept of each closed shift, JSON text by `<fn>.<shift>`; as long as the jobs are kept."""
        self.acts = f"{self.registry}:acts"
        """Stream, never cut: what operators did, `act`, `what`, `by`, `why`, `at`."""
        self.claims = f"{self.registry}:claims"
        """Hash, never cut: the job that a person's word says a document is of, by `<fn>.<number>`."""
        self.lease = f"{self.registry}:lease"
        """String that runs out: who drives the register, `<owner> <number> <nonce>`."""
        self.quarantine = f"{self.registry}:quarantine"
        """Stream, never cut: `at`, `why`, and `entry`, the bytes of an inbox entry that became no job."""
        self.queue = f"{self.registry}:queue"
        """List, newest on the left: Celery's messages, our tickets."""
        self.unacked = f"{self.registry}:unacked"
        """Hash, Celery's own: messages taken out of the queue and not acknowledged."""
        self.unacked_index = f"{self.registry}:unacked_index"
        """Sorted set, Celery's own: when they were taken out."""
        self.unacked_mutex = f"{self.registry}:unacked_mutex"
        """String, Celery's own: who looks through them."""

    def reserved(self, job: str) -> str:
        """String: SHA-1 of the task of a job that lies in the inbox; gone once it is taken in."""
        return f"{self.registry}:reserved:{job}"

    def view(self, job: str) -> str:
        """Hash: `answer`, what the CRM is told; `state`, `verdict`, `type`; `hash`, SHA-1 of the task.

        A job of a sequence has its name in `sequence`, and in `stopped` the dead job behind which it waits.
        """
        return f"{self.registry}:job:{job}"

    def task(self, job: str) -> str:
        """Hash: `task` and `options`, the bytes as the CRM sent them; `edited`, what an edited replay sends in place of `task`.

        No producer may read it.
        """
        return f"{self.registry}:task:{job}"

    def sequence(self, name: str) -> str:
        """Sorted set of jobs by number: those of one sequence that are not printed."""
        return f"{self.registry}:sequence:{name}"

    def history(self, job: str) -> str:
        """Stream: entry `n-0` has one field, `event`. Redis refuses a place that is taken."""
        return f"{self.registry}:history:{job}"
