"""The house rules hold: floors, pure engines, one way to write a fact, one source of time."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "heli"
FILES = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )


def test_a_room_imports_only_downwards():
    told = run(str(Path(sys.executable).with_name("lint-imports")), "--no-cache")
    assert told.returncode == 0, told.stdout


def test_both_languages_are_complete():
    told = run(sys.executable, "-m", "tools.translations", "check")
    assert told.returncode == 0, told.stdout + told.stderr


def test_the_openapi_document_is_the_one_recorded():
    told = run(sys.executable, "-m", "tools.openapi", "check")
    assert told.returncode == 0, told.stdout


@pytest.mark.django_db
def test_migrations_are_complete():
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_engines_touch_neither_disk_nor_network_nor_clock():
    banned = {"open", "input", "print", "exec", "eval", "__import__"}
    for path in (SOURCE / "engines").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in banned, f"{path}:{node.lineno} calls {node.func.id}"


def test_facts_are_written_in_one_place_only():
    writes = re.compile(r"\bFact\(|\bFact\.objects\.(create|bulk_create|update)|INTO ledger_fact\b")
    wrong = [
        str(path.relative_to(ROOT))
        for path in FILES
        if "ledger" not in path.parts and writes.search(path.read_text())
    ]
    assert wrong == []


def test_rooms_reach_each_other_through_services_and_selectors():
    """Another room's models, views, forms and templates are its own affair."""
    rooms = {
        "ledger",
        "organisation",
        "clocks",
        "exchange",
        "feeds",
        "alerts",
        "openness",
        "projects",
        "cases",
        "twin",
        "cockpit",
    }
    private = {"views", "forms", "api", "schemas", "urls"}
    wrong = []
    for path in FILES:
        own = path.relative_to(SOURCE).parts[0]
        if own in {"site"}:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("heli."):
                continue
            parts = node.module.split(".")
            if parts[1] in rooms and parts[1] != own and len(parts) > 2 and parts[2] in private:
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.module}")
    assert wrong == []


def test_every_room_says_what_it_is():
    for room in (
        "kernel",
        "web",
        "ledger",
        "organisation",
        "clocks",
        "exchange",
        "feeds",
        "alerts",
        "openness",
        "projects",
        "cases",
    ):
        text = (SOURCE / room / "README.md").read_text()
        assert len(text) > 200, room


def test_lock_files_pin_by_hash_and_name_no_index():
    for name in ("base", "dev"):
        text = (ROOT / "requirements" / f"{name}.lock").read_text()
        assert "--hash=sha256:" in text
        assert not re.search(r"https?://|^ *--(?!hash=)", text, re.MULTILINE), (
            "only pins and hashes"
        )
        for block in re.split(r"\n(?=\S)", text.strip()):
            if "==" in block:
                assert "--hash=sha256:" in block, block


WRITES = {
    "create", "get_or_create", "update_or_create", "update", "delete",
    "bulk_create", "bulk_update", "save",
}  # fmt: skip


def foreign_writes(source, room):
    """Lines of a module that write rows of other rooms: a query's, a variable's, an argument's."""
    tree = ast.parse(source)
    rows, modules = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("heli."):
            parts = node.module.split(".")
            if parts[1] == room or len(parts) < 2:
                continue
            names = {name.asname or name.name: name.name for name in node.names}
            if "selectors" in parts:
                rows |= set(names)
            else:
                modules |= {known for known, name in names.items() if name == "selectors"}

    def is_row(node):
        if isinstance(node, ast.Name):
            return node.id in rows and node.id[:1].isupper()
        return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and (
            node.value.id in modules and node.attr[:1].isupper()
        )  # fmt: skip

    def begins(node, held):
        """Whether an expression is a foreign row or query, or goes on from one."""
        while True:
            if isinstance(node, ast.Call) and is_row(node.func):
                return True
            if isinstance(node, ast.Attribute) and node.attr == "objects" and is_row(node.value):
                return True
            if isinstance(node, ast.Name):
                return node.id in held
            if isinstance(node, ast.Attribute | ast.Subscript | ast.Starred | ast.Await):
                node = node.value
            elif isinstance(node, ast.Call):
                node = node.func
            elif isinstance(node, ast.BoolOp):
                return any(begins(value, held) for value in node.values)
            else:
                return False

    found = set()
    for scope in ast.walk(tree):
        if not isinstance(scope, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        held = set()
        if not isinstance(scope, ast.Module):
            arguments = [*scope.args.posonlyargs, *scope.args.args, *scope.args.kwonlyargs]
            held = {a.arg for a in arguments if a.annotation and is_row(a.annotation)}
        for node in ast.walk(scope):
            if isinstance(node, ast.Assign) and begins(node.value, held):
                held |= {t.id for t in node.targets if isinstance(t, ast.Name)}
            elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value:
                if begins(node.value, held) and isinstance(node.target, ast.Name):
                    held.add(node.target.id)
            elif isinstance(node, ast.For | ast.comprehension) and begins(node.iter, held):
                held |= {node.target.id} if isinstance(node.target, ast.Name) else set()
        for node in ast.walk(scope):
            call = node.func if isinstance(node, ast.Call) else None
            if isinstance(call, ast.Attribute) and call.attr in WRITES and begins(call.value, held):
                found.add(node.lineno)
    return sorted(found)


def test_rows_of_other_rooms_are_read_and_never_written():
    wrong = []
    for path in FILES:
        room = path.relative_to(SOURCE).parts[0]
        lines = foreign_writes(path.read_text(), room)
        wrong += [f"{path.relative_to(ROOT)}:{line}" for line in lines]
    assert wrong == []


@pytest.mark.parametrize(
    "body",
    [
        "Task.objects.filter(pk=1).update(state='x')",
        "Task(pk=1).save()",
        "rows = Task.objects.all()\n    rows.update(state='x')",
        "for each in Task.objects.all():\n        each.delete()",
        "[each.delete() for each in Task.objects.all()]",
        "task.save()",
        "task.matter.supplements.create(text='x')",
        "found = Task.objects.first() or task\n    found.save()",
        "asked.Task.objects.all().delete()",
    ],
)
def test_a_write_of_another_rooms_rows_is_seen(body):
    source = (
        "from heli.cases import selectors as asked\n"
        "from heli.cases.selectors import Task\n"
        f"def write(task: Task):\n    {body}\n"
    )
    assert foreign_writes(source, "cockpit")
    assert not foreign_writes(source, "cases")
