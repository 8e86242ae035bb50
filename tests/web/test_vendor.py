"""What is vendored is exactly what the manifest lists, and small enough to ship."""

import json

import pytest
from tools import vendor


def test_files_are_those_of_the_manifest() -> None:
    assert vendor.verify() == []


def test_a_changed_a_missing_and_a_foreign_file_are_named(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(vendor, "VENDOR", tmp_path)
    monkeypatch.setattr(vendor, "MANIFEST", tmp_path / "manifest.json")
    (tmp_path / "a.js").write_text("changed")
    (tmp_path / "c.js").write_text("foreign")
    (tmp_path / "manifest.json").write_text(json.dumps([{"files": {"a.js": "0", "b.js": "0"}}]))
    assert vendor.verify() == [
        "a.js: differs from the manifest",
        "b.js: missing",
        "c.js: not in the manifest",
    ]


def test_every_package_is_pinned_and_licensed() -> None:
    for package in json.loads(vendor.MANIFEST.read_text()):
        assert package["version"][0].isdigit()
        assert package["licence"] in {"0BSD", "MIT", "Apache-2.0", "bpmn.io"}


def test_no_file_is_over_a_megabyte_and_a_half() -> None:
    assert max(path.stat().st_size for path in vendor.VENDOR.rglob("*.*")) < 1_500_000


def test_the_font_of_reports_is_pinned_and_free() -> None:
    """It is whole Chinese, and no browser loads it."""
    (package,) = json.loads((vendor.FONTS / "manifest.json").read_text())
    assert (package["licence"], package["version"][0].isdigit()) == ("OFL-1.1", True)
    assert not vendor.FONTS.is_relative_to(vendor.VENDOR)
    assert sum(path.stat().st_size for path in vendor.FONTS.iterdir()) < 2_500_000


@pytest.mark.parametrize(
    ("css", "kept"),
    [
        (".btn-primary{color:red}.carousel{top:0}", ".btn-primary{color:red}"),
        ("a:hover,.carousel a{top:0}", "a:hover{top:0}"),
        ("@media print{.carousel{top:0}}", ""),
        ("@media print{.btn{top:0}}", "@media print{.btn{top:0}}"),
        (
            '.form-check{background:url("data:x;}")}.nope{top:0}',
            '.form-check{background:url("data:x;}")}',
        ),
    ],
)
def test_only_used_rules_are_kept(css: str, kept: str) -> None:
    assert vendor.subset(css) == kept
