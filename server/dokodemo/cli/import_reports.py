"""What ``dokodemo import`` prints: counts, changes as before → after, problems and warnings in both languages."""

from collections.abc import Sequence
from datetime import date

from rich.console import Console
from rich.table import Table

from dokodemo.actions import import_people, import_tables, import_units
from dokodemo.domain.people import main_posting
from dokodemo.domain.roster_changes import Change, ChangeKind, Known
from dokodemo.domain.sheets import Problem

SHOWN = 20
SHOWN_PROBLEMS = 50
STEPS = {
    "read": "読み取り read",
    "compare": "確認 compare",
    "people": "職員 people",
    "postings": "所属 postings",
    "trail": "監査証跡 audit trail",
}
_KINDS = {ChangeKind.ADDED: "追加", ChangeKind.CHANGED: "変更", ChangeKind.LEFT: "退職"}


def console() -> Console:
    """Where reports go; wide when it is no terminal, so that lines in a log are not broken."""
    out = Console(highlight=False, soft_wrap=True)
    return out if out.is_terminal else Console(highlight=False, soft_wrap=True, width=200)


def people(name: str, report: import_people.Report, *, show_all: bool) -> None:
    """The report of a roster file."""
    out, plan = console(), report.plan
    out.print(f"[bold]{name}[/]  {report.encoding}  {plan.rows:,}行  SHA-256 {report.digest[:16]}…", markup=True)
    if report.recognised:
        out.print(
            f"列 {len(report.recognised)} 認識 recognised"
            + (f"、使わない列 unused: {', '.join(report.unknown)}" if report.unknown else "")
        )
        out.print(f"例 samples: {'、'.join(report.samples)}", markup=False)
    counts = [f"{_KINDS[kind]} {kind} {plan.count(kind):,}" for kind in ChangeKind]
    out.print(
        " │ ".join([*counts, f"変更なし unchanged {plan.unchanged:,}", f"エラー errors {len(plan.problems)}",
                    f"ファイルにない missing {len(plan.missing)}", f"警告 warnings {len(plan.warnings)}"])
    )  # fmt: skip
    _changes(out, report, len(plan.changes) if show_all else SHOWN)
    if plan.missing and not any(change.kind is ChangeKind.LEFT for change in plan.changes):
        numbers = ", ".join(known.person.staff_number for known in plan.missing[:SHOWN])
        out.print(
            f"ファイルにない（退職? --missing-left 日付） not in the file: {numbers}{' …' if len(plan.missing) > SHOWN else ''}"
        )
    _problems(out, "✕", plan.problems)
    _problems(out, "△", plan.warnings)
    for guard in plan.guards:
        out.print(
            f"！{guard}: --confirm 適用 と --second-person 職員番号 が必要です / needs --confirm 適用 and --second-person"
        )
    _end(out, problems=bool(plan.problems), applied=report.applied, changed=bool(plan.changes))


def units(name: str, report: import_units.Report) -> None:
    """The report of a file of units."""
    out, plan = console(), report.plan
    out.print(f"[bold]{name}[/]  {plan.encoding}  {plan.rows:,}行")
    out.print(
        f"追加 added {len(plan.added)} │ 終了 closed {len(plan.closed)} │ 訂正 corrected {len(plan.corrected)} │ "
        f"変更なし unchanged {plan.unchanged} │ エラー errors {len(plan.problems)} │ 警告 warnings {len(plan.warnings)}"
    )
    for unit in plan.closed:
        out.print(f"  終了: {unit.code} {unit.name}  {unit.valid_from} – {unit.valid_to}", markup=False)
    _problems(out, "✕", plan.problems)
    _problems(out, "△", plan.warnings)
    _end(out, problems=bool(plan.problems), applied=report.applied, changed=not plan.empty)


def table(name: str, report: import_tables.Report, *, missing: str) -> None:
    """The report of a file of networks or devices."""
    out = console()
    out.print(f"[bold]{name}[/]  {report.encoding}  {report.rows:,}行")
    out.print(
        f"追加 added {len(report.added):,} │ 変更 changed {len(report.changed):,} │ 変更なし unchanged {report.unchanged:,} │ "
        f"{missing} {len(report.missing):,} │ エラー errors {len(report.problems)}"
    )
    _problems(out, "✕", report.problems)
    _end(out, problems=bool(report.problems), applied=report.applied, changed=bool(report.added or report.changed))


def _changes(out: Console, report: import_people.Report, shown: int) -> None:
    changes = report.plan.changes
    if not changes:
        return
    rows = Table(box=None, pad_edge=False)
    for heading in ("", "職員番号", "氏名", "前 before", "後 after", "日 from"):
        rows.add_column(heading)
    for change in changes[:shown]:
        before, after = _differences(change, report)
        person = change.after.person
        rows.add_row(_KINDS[change.kind], person.staff_number, person.name, before, after, str(change.effective_on))
    out.print(rows)
    if len(changes) > shown:
        out.print(f"… ほか {len(changes) - shown:,} 件（--all） and {len(changes) - shown:,} more")


def _differences(change: Change, report: import_people.Report) -> tuple[str, str]:
    if change.before is None:
        return "", _post(change.after, change.effective_on, report)
    if change.kind is ChangeKind.LEFT:
        return _post(change.before, change.effective_on, report) or "在職", "退職"
    old, new = (_words(known, change.effective_on, report) for known in (change.before, change.after))
    differ = [n for n, (one, other) in enumerate(zip(old, new, strict=True)) if one != other]
    return "、".join(old[n] for n in differ), "、".join(new[n] for n in differ)


def _words(known: Known, on: date, report: import_people.Report) -> list[str]:
    person = known.person
    beside = "・".join(f"兼{p.unit_code} {p.title}" for p in known.postings if p.kind != "main" and p.valid_on(on))
    return [
        _post(known, on, report), beside or "兼務なし", person.name, person.kana, person.email, person.extension or "内線なし",
        str(person.employment), person.pattern or "―", f"{person.daily_minutes or '―'}分", f"{person.valid_to or '期限なし'}",
    ]  # fmt: skip


def _post(known: Known, on: date, report: import_people.Report) -> str:
    main = main_posting(known.postings, on)
    return "" if main is None else f"{report.unit_names.get(main.unit_code, main.unit_code)} {main.title}"


def _problems(out: Console, mark: str, problems: Sequence[Problem]) -> None:
    for problem in problems[:SHOWN_PROBLEMS]:
        out.print(f"{mark} {problem.sentence('ja')}\n  {problem.sentence('en')}", markup=False)
    if len(problems) > SHOWN_PROBLEMS:
        rest = len(problems) - SHOWN_PROBLEMS
        out.print(f"{mark} ほか {rest:,} 件 and {rest:,} more")


def _end(out: Console, *, problems: bool, applied: bool, changed: bool) -> None:
    if problems:
        out.print("何も変更していません。エラーを直してください。 Nothing was changed: mend the errors.")
    elif not changed:
        out.print("変更なし。 Nothing to change.")
    elif applied:
        out.print("適用しました。 Applied.")
    else:
        out.print("確認のみです。何も変更していません。 A preview: nothing was changed.")
