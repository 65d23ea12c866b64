"""
The register behind its web server, as the core sees it (`worker.domain.ports.Register`).

Puts `protocol` on `wire`: which generation answers is found out once, by a positive answer only, and remembered.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, assert_never

from worker.adapters.atol import documents
from worker.adapters.atol.protocol import GENERATIONS, V1, V2, Generation
from worker.adapters.atol.replies import Reply
from worker.adapters.atol.wire import Broken, NeverReached, Wire
from worker.domain.answers import DeleteAnswer, NeverSent, PollAnswer, PostAnswer, Silent, Unanswered
from worker.domain.policy import Limits
from worker.domain.proof import Document


class AtolRegister:
    """A cash register behind ATOL's web server. Every call is one exchange and answers in the words of the domain."""

    def __init__(
        self,
        url: str,
        *,
        limits: Limits,
        api: Literal["auto", "v1", "v2"] = "auto",
        device_id: str | None = None,
        username: str | None = None,
        password: str | None = None,
    ) -> None:
        """
        Nothing is sent yet.

        Args:
            url: of the web server, `http://host:port`.
            limits: `connect_max_seconds` and `read_max_seconds` bound every call.
            api: the generation; `auto` finds it out with the first call.
            device_id: one of several registers behind a v2 server; None: its default one.
            username: of HTTP Basic, where the server asks for it.
            password: to it.

        Raises: ConfigError when `url` is none.

        """
        self._wire = Wire(
            url,
            login=None if username is None else (username, password or ""),
            connect_max_seconds=limits.connect_max_seconds,
            read_max_seconds=limits.read_max_seconds,
        )
        self._configured = GENERATIONS.get(api)
        self._generation = self._configured
        self._device = device_id
        self._unknown = "nobody has asked yet who answers at the register's address"

    def __repr__(self) -> str:
        return f"AtolRegister({self.door or self._wire.address})"

    @property
    def door(self) -> str | None:
        """Generation, address and device id by which tasks go in; None: not known yet."""
        if self._generation is None:
            return None
        device = f" device={self._device}" if self._device and self._generation.has_devices else ""
        return f"{self._generation.name} {self._wire.address}{device}"

    @property
    def floor_seconds(self) -> float:
        """Seconds that the register's server sleeps between its looks for work."""
        return (self._generation or V1).floor_seconds

    def knock(self) -> str | None:
        """
        Find out the generation if it is not known: v2 is asked for first, since it may still know paths of v1.

        Returns: the door, or None when no answer of the protocol came.
        """
        if self._generation is None:
            self._generation = self._find()
        return self.door

    def forget(self) -> None:
        """Find the generation out anew with the next call, unless the settings say it."""
        self._generation = self._configured

    def post(self, uuid: str, task: Mapping[str, Any]) -> PostAnswer:
        """POST one task; its Decimals become exact JSON numbers."""
        if self.knock() is None or self._generation is None:
            return NeverSent(self._unknown)
        match self._wire.exchange(self._generation.posting(uuid, task, self._device)):
            case Reply() as reply:
                return self._generation.read_post(reply)
            case NeverReached(text):
                return NeverSent(text)
            case Broken(text):
                return Unanswered(text)
            case never:
                assert_never(never)

    def poll(self, uuid: str) -> PollAnswer:
        """Look at a submission once."""
        if self.knock() is None or self._generation is None:
            return Silent(self._unknown)
        came = self._wire.exchange(self._generation.polling(uuid, self._device))
        return self._generation.read_poll(came) if isinstance(came, Reply) else Silent(came.text)

    def delete(self, uuid: str) -> DeleteAnswer:
        """Ask for a waiting submission to be removed; what comes back is a claim, not yet a proof."""
        if self.knock() is None or self._generation is None:
            return Silent(self._unknown)
        came = self._wire.exchange(self._generation.deleting(uuid, self._device))
        return self._generation.read_delete(came) if isinstance(came, Reply) else Silent(came.text)

    def read_document(self, result: Mapping[str, Any] | None, number: int) -> Document | None:
        """The document in the result of a `getFnDocument` task; None when it does not hold document `number` whole."""
        return documents.read_document(result, number)

    def _find(self) -> Generation | None:
        for generation in (V2, V1):
            came = self._wire.exchange(generation.probing())
            if isinstance(came, NeverReached):
                self._unknown = came.text
                return None
            if isinstance(came, Reply) and generation.is_proven_by(came):
                return generation
        self._unknown = (
            f"no register answers at {self._wire.address}, though something does: check its url, "
            "or set api to v1 or v2 if its web server hides who it is"
        )
        return None
