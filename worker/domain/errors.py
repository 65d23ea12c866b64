"""
The exceptions of fiscalq: each says who broke a promise.

What the world may do (a cut line, a refusal, an empty roll) is an answer or an event, never an exception.

    FiscalqError
    ├── ContractError      the CRM: an envelope, an id or a task that breaks the contract
    ├── RegisterError      the register: an answer that its protocol does not allow
    ├── OperatorError      the operator: a verb that the job's state does not allow
    ├── ConfigError        us: settings, or a server that is not set up as it must be
    ├── LedgerError        the ledger cannot be reached or cannot write: nothing may be sent
    │   ├── Fenced         another worker holds the register; this process must end
    │   ├── PlaceTaken     the place in the history is taken: somebody else moved the job
    │   └── Unreadable     a history holds what this version does not know
    └── IllegalEvent       our own code: an event that the job's state does not know
"""

from __future__ import annotations


class FiscalqError(Exception):
    """
    Whatever fiscalq raises on purpose. Its own text is English, for logs and programs.

    `code` names the text that an operator reads of it in their language (`ops/cli/texts`, `refusals`); `facts` fill its
    blanks. Without a code they read the error's own text.
    """

    def __init__(self, text: str, code: str = "", /, **facts: object) -> None:
        """Keep all three."""
        super().__init__(text)
        self.code, self.facts = code, facts


class ContractError(FiscalqError):
    """The CRM broke the contract. `code` is the first word of the answer at the door, `FISCALQ_…`."""

    def __init__(self, code: str, message: str, /, **facts: object) -> None:
        """Keep the code beside the sentence."""
        super().__init__(f"{code} {message}", code, **{"text": message, **facts})
        self.message = message


class RegisterError(FiscalqError):
    """The register answered with something that its protocol does not allow."""


class OperatorError(FiscalqError):
    """The operator asked for something that the job's state does not allow. Its text says what is missing."""

    def __init__(self, code: str, /, **facts: object) -> None:
        """Keep both; who raises it is near to the operator, so that it needs no text of its own."""
        told = ", ".join(f"{name} {fact}" for name, fact in facts.items())
        super().__init__(f"{code}: {told}" if told else code, code, **facts)


class ConfigError(FiscalqError):
    """Settings or surroundings are wrong; the text names every problem and says what to do. So does the fact `problems`."""


class LedgerError(FiscalqError):
    """The ledger could not be read or written. Fail closed: nothing is sent without it."""


class Fenced(LedgerError):
    """Another worker took the register over: this process must stop writing and end."""


class PlaceTaken(LedgerError):
    """The job's history went on without us."""


class Unreadable(LedgerError):
    """The history of `job` holds an entry of another version: who does not know all of it must not go on with it."""

    def __init__(self, job: str) -> None:
        """Keep the job's id."""
        super().__init__(
            f"the history of {job} holds an entry that this version cannot read: start the version that wrote it",
            "newer_history",
            job=job,
        )
        self.job = job


class IllegalEvent(FiscalqError):
    """An event that the job's state does not know: a mistake in our own code."""
