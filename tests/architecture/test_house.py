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


def test_rows_of_other_rooms_are_read_and_never_written():
    wrong = []
    for path in FILES:
        room = path.relative_to(SOURCE).parts[0]
        tree = ast.parse(path.read_text())
        foreign = {
            name.asname or name.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").endswith(".selectors")
            if node.module.split(".")[1] != room
            for name in node.names
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                start = _start(node.func)
                made = isinstance(node.func.value, ast.Call) and _name(node.func.value.func)
                if node.func.attr in WRITES and {start, made} & foreign:
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}: {start or made}")
    assert wrong == []


def _start(node):
    """The name at which ``Name.objects.filter(…).update`` begins, if it is a query at all."""
    query = False
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Attribute):
            query = query or node.attr == "objects"
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        else:
            return ""
    return node.id if query else ""


def _name(node):
    return node.id if isinstance(node, ast.Name) else ""
