"""``dokodemo verify-log``: prove from the database alone that the log is what devices signed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import click
from rich.console import Console
from rich.progress import Progress, TaskID

from dokodemo.actions import proofs
from dokodemo.actions.proofs import Count, Step
from dokodemo.cli.installation import failed, opened
from dokodemo.domain.proof_words import cures, sentences
from dokodemo.domain.proofs import Finding
from dokodemo.store.schema import is_current


@click.command(name="verify-log")
@click.option("--rebuild", is_flag=True, help="Also read both logs again and compare the stored sessions (slower).")
@click.option("--json", "as_json", is_flag=True, help="JSON Lines: one for each finding, the last one with the counts.")
@click.option(
    "--public-url", "earlier_urls", multiple=True, metavar="URL",
    help="A public URL of earlier times, which devices signed then. May be given several times.",
)  # fmt: skip
def verify_log(*, rebuild: bool, as_json: bool, earlier_urls: tuple[str, ...]) -> None:
    """Prove that the log is what devices signed and that nothing was taken out of it (exit 1 if anything is wrong).

    Every head of every journal again from its key, the signed batches of each month, the audit chain. It only reads,
    and the city goes on working meanwhile.
    """
    total = Count()
    with opened() as operator:
        if not is_current(operator.services.database):
            raise click.ClickException("the database is not of this version: run `dokodemo migrate` first")
        steps = proofs.prove(operator.services, earlier_urls=earlier_urls, rebuilt=rebuild)
        with _progress(*proofs.extent(operator.services)) as (progress, journals, trail):
            for step in steps:
                total += step.count
                progress.advance(journals, step.count.journals)
                progress.advance(trail, step.count.entries)
                _tell(step, as_json=as_json)
    click.echo(json.dumps(_document(total)) if as_json else _summary(total))
    if total.findings:
        failed()


@contextmanager
def _progress(journals: int, entries: int) -> Iterator[tuple[Progress, TaskID, TaskID]]:
    with Progress(console=Console(stderr=True)) as progress:
        yield (
            progress,
            progress.add_task("記録帳 journals", total=journals),
            progress.add_task("監査証跡 audit trail", total=entries),
        )


def _tell(step: Step, *, as_json: bool) -> None:
    for finding in step.findings:
        click.echo(json.dumps(_said(finding), ensure_ascii=False) if as_json else _lines(finding))
    more = step.count.findings - len(step.findings)
    if more and not as_json:
        click.echo(f"  ほか{more:,}件 / and {more:,} more in this journal")


def _lines(finding: Finding) -> str:
    where = f"{finding.journal}: " if finding.journal else ""
    japanese, english = sentences(finding)
    cure, remedy = cures(finding)
    return f"✕ {where}{japanese} / {english}\n  → {cure}。 {remedy}."


def _said(finding: Finding) -> dict[str, object]:
    return {
        "fault": str(finding.fault), "journal": str(finding.journal) if finding.journal else None, "seq": finding.seq,
        "sentence": dict(zip(("ja", "en"), sentences(finding), strict=True)),
        "cure": dict(zip(("ja", "en"), cures(finding), strict=True)),
    }  # fmt: skip


def _document(total: Count) -> dict[str, object]:
    return {"ok": not total.findings, **asdict(total)}


def _summary(total: Count) -> str:
    gone = (
        f"記録帳 {total.journals:,}・イベント {total.events:,}（本文消去 {total.erased:,}）・欠番 {total.gaps:,}・"
        f"署名 {total.batches:,}・監査証跡 {total.entries:,} / {total.journals:,} journals, {total.events:,} events "
        f"({total.erased:,} erased), {total.gaps:,} gaps, {total.batches:,} signed batches, {total.entries:,} audit entries"
    )
    skipped = (
        f"\n本文が消去され、読みを比べられない記録帳 {total.skipped:,} / {total.skipped:,} journals have erased texts and "
        "were not read again"
        if total.skipped
        else ""
    )
    verdict = (
        f"異常 {total.findings:,}件 / found wrong: {total.findings:,}" if total.findings else "異常なし / nothing is wrong"
    )
    return f"{gone}{skipped}\n{verdict}"
