"""Whether a dataset is what it says: python -m annotation verify."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from annotation.verification.measures import Measures
from annotation.verification.report import FINDINGS, to_json, write_report
from annotation.verification.verifying import Verified
from annotation.verification.verifying import verify as verified_from
from handseg.outputs import check_writable, write_whole
from handseg.records.opening import open_snapshot
from handseg.records.snapshot import Snapshot
from handseg.telling import with_progress


def verify(
    dataset: Annotated[
        str,
        typer.Argument(
            metavar="DATASET[@REVISION]",
            help="A folder, USER/NAME on the Hugging Face Hub, or a downloaded copy.",
        ),
    ],
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Write findings.json, a plot of the masks, and a sheet of suspect ones to this folder."
        ),
    ] = None,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write all findings to this file.")] = None,
    examples: Annotated[int, typer.Option(min=0, help="How many findings of each kind to list.")] = 5,
) -> None:
    """Check every row of a dataset.

    Looks at files, hashes, sizes, values, duplicates, leakage between splits, and metadata. Fails if there is an
    error; warnings are for people to look at.
    """
    snapshot = open_snapshot(dataset)
    for file in (json, report and report / FINDINGS):
        if file:
            check_writable(file)  # a verification takes long, and would be for nothing
    measures = Measures() if report else None
    verified = verified_from(snapshot, measures and measures.add, partial(with_progress, what="shards"))
    told = _for_programs(dataset, snapshot, verified)
    if json:
        write_whole(json, to_json(told))
    written = write_report(report, told, measures) if report and measures else []
    typer.echo("\n".join([*_for_people(snapshot, verified, examples), *(f"see {path}" for path in written)]))
    if verified.findings.count("error"):
        sys.exit(1)


def _for_people(snapshot: Snapshot, verified: Verified, examples: int) -> list[str]:
    findings = verified.findings
    counts = f"{findings.count('error')} errors, {findings.count('warning')} warnings"
    where = f"{snapshot.place.address} at {snapshot.revision[:12]}"
    return [*findings.told(examples), f"{where}: {verified.rows} rows in {verified.shards} shards, {counts}"]


def _for_programs(dataset: str, snapshot: Snapshot, verified: Verified) -> dict[str, Any]:
    counts = {"rows": verified.rows, "shards": verified.shards}
    return {"dataset": dataset, "revision": snapshot.revision, **counts, **verified.findings.to_json()}
