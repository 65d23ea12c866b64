"""
Run mutants of the core's two deciding modules against its quick tests: python -m tests.mutants [--help].

Whatever survives is either missing a test or changes nothing that matters; tests/mutants/README.md names the latter.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path
from random import Random, SystemRandom
from tempfile import TemporaryDirectory

from tests.mutants.fork import passes
from tests.mutants.mutator import Mutant, mutants, unchanged
from tests.mutants.tree import CHECKOUT, Tree

FILES = ("worker/domain/lifecycle.py", "worker/domain/proof.py")
STEPS = (  # in the order in which they find most per second
    (
        "tests/domain/test_lifecycle.py",
        "tests/domain/test_proof.py",
        "tests/domain/test_fold.py",
        "tests/domain/test_last_words.py",
        "tests/domain/test_last_looks.py",
        "tests/domain/test_last_reasons.py",
        "tests/domain/test_last_turns.py",
    ),
    (
        "tests/app/test_strays.py",
        "tests/app/test_evidence.py",
        "tests/app/test_lost_history.py",
        "tests/app/test_printing.py",
    ),
    ("tests/app",),
)
WALK = ("tests/domain/walk",)
TELL_EVERY = 25
EQUIVALENT = Path(__file__).parent / "equivalent.toml"


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 1 when a mutant survived that is not explained."""
    parser = argparse.ArgumentParser("python -m tests.mutants", description=__doc__)
    parser.add_argument(
        "files", nargs="*", default=FILES, help="modules to change, from the root of the checkout"
    )
    parser.add_argument("--seconds", type=float, default=600, help="begin no further mutant after so long")
    parser.add_argument(
        "--sample", type=int, help="so many, drawn by the seed; all in a drawn order otherwise"
    )
    parser.add_argument("--seed", default=str(SystemRandom().randrange(10**6)), help="repeats a draw")
    parser.add_argument("--match", default="", help="only mutants whose place or change holds this text")
    parser.add_argument("--walk", action="store_true", help="give the exhaustive walk to whatever survives")
    parser.add_argument("--json", action="store_true", help="one JSON object at the end instead of lines")
    given = parser.parse_args(arguments)
    steps = (*STEPS, WALK) if given.walk else STEPS
    explained = {
        (one["file"], one["change"]) for one in tomllib.loads(EQUIVALENT.read_text()).get("mutant", [])
    }
    found = [mutant for file in given.files for mutant in mutants(file, (CHECKOUT / file).read_text())]
    drawn = [mutant for mutant in found if given.match in f"{mutant.place} {mutant.told}"]
    Random(given.seed).shuffle(drawn)
    drawn = drawn[: given.sample]
    print(f"{len(drawn)} of {len(found)} mutants, seed {given.seed}", file=sys.stderr)  # noqa: T201
    began, done = time.monotonic(), 0
    survivors: list[Mutant] = []
    with TemporaryDirectory() as folder:
        tree = Tree(Path(folder) / "tree")
        for file in given.files if drawn else ():
            if not _survives(tree, Mutant(file, "", unchanged((CHECKOUT / file).read_text())), steps):
                parser.exit(2, f"the tests fail on {file} as it is: mend that first\n")
        for mutant in drawn:
            if time.monotonic() - began > given.seconds:
                break
            done += 1
            if done % TELL_EVERY == 0:
                print(f"{done} done, {len(survivors)} survived", file=sys.stderr, flush=True)  # noqa: T201
            if _survives(tree, mutant, steps):
                survivors.append(mutant)
                known = (mutant.place.split(":")[0], mutant.told) in explained
                note = "explained" if known else "SURVIVED"
                print(f"{note} {mutant.place} {mutant.told}", file=sys.stderr, flush=True)  # noqa: T201
    open_ones = [one for one in survivors if (one.place.split(":")[0], one.told) not in explained]
    result = {
        "seed": given.seed,
        "mutants": len(found),
        "run": done,
        "killed": done - len(survivors),
        "explained": len(survivors) - len(open_ones),
        "survived": [f"{one.place} {one.told}" for one in open_ones],
        "seconds": round(time.monotonic() - began, 1),
    }
    lines = "\n".join(f"{name}: {value}" for name, value in result.items())
    print(json.dumps(result) if given.json else lines)  # noqa: T201
    return 1 if open_ones else 0


def _survives(tree: Tree, mutant: Mutant, steps: Sequence[Sequence[str]]) -> bool:
    """Whether every step of the tests passes; a module that cannot be imported is killed too."""
    with tree.written(mutant.place.split(":")[0], mutant.text):
        return all(passes(tree.root, step) for step in steps)


if __name__ == "__main__":
    sys.exit(main())
