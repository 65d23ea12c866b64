"""
Celery around the station: one app, one queue and one worker per register, one job at a time (design §6).

`fiscalq worker kassa-1` runs it, and so does the plain celery command with FISCALQ_REGISTER=kassa-1. Without a
register the app is importable too, for Flower. A Celery message is a ticket: it holds a job's id and nothing else.
"""

from __future__ import annotations

import json
import logging
import os
import warnings
from socket import gethostname
from typing import Any

from celery import Celery, Task, bootsteps, signals
from celery.exceptions import CPendingDeprecationWarning, WorkerShutdown
from celery.worker import state as worker_state
from celery.worker.consumer.tasks import Tasks
from kombu.transport import TRANSPORT_ALIASES

from worker.app import logs
from worker.app.clock import RealClock
from worker.app.metrics import Counts
from worker.app.remote import look_only
from worker.app.settings import Settings, load_settings
from worker.app.transport import TASK
from worker.app.wiring import broker_options, make_station, prepare_server, queue_of
from worker.domain.errors import ConfigError, LedgerError
from worker.domain.job import State

PAUSE_SECONDS = 1.0  # before Celery connects again to a Redis that our ledger cannot use
EXIT_HELD = 75  # EX_TEMPFAIL: another worker holds the register
EXIT_CONFIG = 78  # EX_CONFIG


def ticket_template(queue: str) -> str:
    """
    A Celery message with `@JOB@` and `@TAG@` for the ledger to fill in (reference/celery-on-redis §5.1).

    Task id = job id, so that Flower finds a job by the CRM's id and shows no buyer's data.
    """
    return json.dumps(
        {
            "body": json.dumps([["@JOB@"], {}, {}]),
            "content-encoding": "utf-8",
            "content-type": "application/json",
            "headers": {
                "task": TASK,
                "id": "@JOB@",
                "root_id": "@JOB@",
                "lang": "py",
                "argsrepr": "('@JOB@',)",
                "kwargsrepr": "{}",
            },
            "properties": {
                "correlation_id": "@JOB@",
                "delivery_mode": 2,
                "delivery_tag": "@TAG@",
                "delivery_info": {"exchange": "", "routing_key": queue},
                "priority": 0,
            },
        }
    )


def make_app(settings: Settings, register: str | None) -> Celery:
    """The Celery app; with a register, its worker opens the line before it consumes."""
    queue = queue_of(register)
    for scheme in ("redis", "rediss"):  # under their own names, so that Flower still sees a Redis
        TRANSPORT_ALIASES[scheme] = "worker.app.transport:Transport"
    celery = Celery("fiscalq", broker=settings.redis_url, set_as_current=True)
    celery.conf.update(
        worker_pool="threads",  # the lease lives in this process, and nothing can shoot it in mid-POST
        worker_concurrency=1,
        worker_prefetch_multiplier=1,
        task_acks_late=True,
        task_acks_on_failure=True,  # the truth is in the ledger: a ticket is never looped on
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        result_backend=None,
        task_serializer="json",
        accept_content=["json"],
        task_default_queue=queue,
        worker_send_task_events=True,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        broker_transport_options=dict(broker_options(register)),
    )
    return celery


def make_worker(register: str) -> Any:
    """
    The worker of a register, as `celery worker -E --without-gossip --without-mingle` makes it: `start` it, ask `exitcode`.

    Not by way of Celery's command line: that one forgets the exit code, by which systemd tells a register that is held
    elsewhere from wrong settings, and it imports Flower and a line editor.
    """
    return app.Worker(
        hostname=f"{register}@{gethostname()}",
        queues=[queue_of(register)],
        task_events=True,
        without_gossip=True,
        without_mingle=True,
        loglevel=logging.WARNING,
        quiet=True,
    )


class OpenLine(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery has no types
    """Before anything is consumed, and again after each reconnect: lease, rebuild, intake."""

    requires = (Tasks,)

    def __init__(self, consumer: Any, **options: Any) -> None:
        """Celery makes the step once per worker."""
        super().__init__(consumer, **options)

    def start(self, consumer: Any) -> None:  # noqa: ARG002 - Celery passes it
        """Raises WorkerShutdown when this worker cannot have the register, ConnectionError when Redis went away."""
        try:
            station = _the_station()
            holder = station.open(
                prepare_server(_settings, _register or ""),
                worker_state.maybe_shutdown,
                standby=os.environ.get("FISCALQ_STANDBY") == "1",
            )
        except ConfigError as error:
            logs.logger().critical("worker.refused", reason=str(error))
            raise WorkerShutdown(EXIT_CONFIG) from error
        except LedgerError as error:
            _clock.pause(PAUSE_SECONDS)  # Celery would come back at once
            raise ConnectionError(str(error)) from error
        if holder is not None:
            logs.logger().critical(
                "worker.refused",
                register=_register,
                holder=holder,
                reason=f"another worker holds {_register}: {holder}. End that one first, or start this one with --standby.",
            )
            raise WorkerShutdown(EXIT_HELD)
        _serve_metrics()  # a standby of the same machine finds its port free when it has the register


_settings = load_settings()
_register = os.environ.get("FISCALQ_REGISTER") or None
_clock = RealClock()
_counts = Counts(_register or "")
_stations: dict[str, Any] = {}

app = make_app(_settings, _register)
look_only()
if _register:
    _settings.register_named(_register)
    app.steps["consumer"].add(OpenLine)


def _the_station() -> Any:
    name = _register or ""
    if name not in _stations:
        _stations[name] = make_station(_settings, name, ticket_template(queue_of(name)), _clock, _counts.hear)
    return _stations[name]


def _serve_metrics() -> None:
    if _register and _settings.metrics_listen is not None:
        _counts.serve(_settings.metrics_listen)


class DeadLetter(Exception):
    """How a dead job ends its ticket, so that Flower shows it as failed, with verdict and reason."""


@app.task(bind=True, name=TASK, ignore_result=True, throws=(DeadLetter,))  # type: ignore[untyped-decorator]
def print_job(self: Task, job_id: str) -> None:
    """Take the job of this ticket to its end."""
    job = _the_station().run(job_id, self.send_event)
    if job is not None and job.state is State.DEAD and job.verdict and job.reason:
        raise DeadLetter(f"{job.verdict.value}: {job.reason.code.value}")


@signals.setup_logging.connect(weak=False)  # type: ignore[untyped-decorator]
def _set_up_logging(**_: object) -> None:
    logs.set_up(_settings.log_format, _settings.log_level, count=_counts.heed)
    # Celery announces at each lost broker what its next version will do by default; we set it ourselves.
    warnings.filterwarnings("ignore", category=CPendingDeprecationWarning)
    _serve_metrics()


@signals.worker_shutting_down.connect(weak=False)  # type: ignore[untyped-decorator]
def _hand_over(**_: object) -> None:
    """SIGTERM: the loop lets go at once; the ledger says where it stood."""
    _clock.stop.set()


@signals.worker_shutdown.connect(weak=False)  # type: ignore[untyped-decorator]
def _close_line(**_: object) -> None:
    for station in _stations.values():
        station.close()
