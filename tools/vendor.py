"""Fetch the front-end files and the font Heli ships: running it needs no network, no build step.

    python -m tools.vendor            fetch the pinned versions anew and rewrite the manifest
    python -m tools.vendor --verify   compare the files on disk with the manifest

Packages come through ``npm pack``, from whatever registry npm is set up to use. Of Tabler only the
style rules and icons that Heli uses are kept: add a name to ``tools/icons.txt`` or ``STYLES`` and
run again.
"""

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
VENDOR = ROOT / "src" / "heli" / "web" / "static" / "vendor"
MANIFEST = VENDOR / "manifest.json"
FONTS = ROOT / "src" / "heli" / "twin" / "report" / "fonts"
"""Of reports; no browser loads them."""

ICONS = (ROOT / "tools" / "icons.txt").read_text(encoding="utf-8").split()
STYLES = re.compile(
    r"^(btn|form|input-group|dropdown|alert|invalid-feedback|valid-feedback|is-invalid|is-valid"
    r"|was-validated|col-form-label|visually-hidden|spinner|active|disabled|show|focus|hover"
    r"|required|arrow|input-icon|icon)(-|$)"
)
UNUSED = re.compile(
    r"^(btn-(?!primary|outline-primary|danger|link|sm|lg|icon|close|list|check|group)"
    r"|alert-|dropdown-menu-(?!end)|form-(colorinput|imagecheck|selectgroup)"
    r"|dropup|dropstart|dropend|btn-group)"
)


@dataclass(frozen=True)
class Package:
    """One upstream package: which of its files are kept, and under which name."""

    name: str
    version: str
    licence: str
    files: dict[str, str]
    home: Path = VENDOR


PACKAGES = [
    Package(
        "htmx.org",
        "2.0.11",
        "0BSD",
        {"dist/htmx.min.js": "htmx/htmx.min.js", "LICENSE": "htmx/LICENSE"},
    ),
    Package(
        "htmx-ext-sse",
        "2.2.4",
        "0BSD",
        {"dist/sse.min.js": "htmx/sse.min.js", "LICENSE": "htmx/LICENSE-sse"},
    ),
    Package(
        "@tabler/core",
        "1.6.1",
        "MIT",
        {"dist/css/tabler.min.css": "tabler/tabler.min.css"},
    ),
    Package("@tabler/icons", "3.51.0", "MIT", {"LICENSE": "tabler/LICENSE"}),
    Package(
        "echarts",
        "6.1.0",
        "Apache-2.0",
        {
            "dist/echarts.min.js": "echarts/echarts.min.js",
            "LICENSE": "echarts/LICENSE",
            "NOTICE": "echarts/NOTICE",
        },
    ),
    Package(
        "bpmn-js",
        "18.31.1",
        "bpmn.io",
        {
            "dist/bpmn-navigated-viewer.production.min.js": "bpmn/bpmn-navigated-viewer.min.js",
            "dist/assets/bpmn-js.css": "bpmn/bpmn-js.css",
            "dist/assets/diagram-js.css": "bpmn/diagram-js.css",
            "dist/assets/bpmn-font/css/bpmn.css": "bpmn/font/css/bpmn.css",
            "dist/assets/bpmn-font/font/bpmn.woff2": "bpmn/font/font/bpmn.woff2",
            "LICENSE": "bpmn/LICENSE",
        },
    ),
    Package(
        "@expo-google-fonts/noto-sans-sc",
        "0.4.3",
        "OFL-1.1",
        {
            "400Regular/NotoSansSC_400Regular.ttf": "NotoSansSC-Regular.ttf",
            "LICENSE_FONT": "LICENSE",
        },
        home=FONTS,
    ),
]


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def unpack(package: Package, folder: Path) -> Path:
    """Fetch one package and return the folder holding its content."""
    answer = subprocess.run(
        ["npm", "pack", f"{package.name}@{package.version}", "--json", "--silent"],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    archive = folder / Path(json.loads(answer.stdout)[0]["filename"]).name
    target = folder / archive.stem
    with tarfile.open(archive) as tar:
        tar.extractall(target, filter="data")
    return target / "package"


def rules(css: str) -> Iterator[tuple[str, str]]:
    """Split a style sheet into ``(selector or at-rule, body)`` at its outermost level."""
    start = depth = opened = 0
    quote = ""
    for position, character in enumerate(css):
        if quote:
            quote = "" if character == quote and css[position - 1] != "\\" else quote
        elif character in "\"'":
            quote = character
        elif character == "{":
            opened = opened if depth else position
            depth += 1
        elif character == "}":
            depth -= 1
            if depth == 0:
                yield css[start:opened].strip(), css[opened + 1 : position]
                start = position + 1
        elif character == ";" and depth == 0:
            start = position + 1


def _kept_selectors(selectors: str) -> str:
    kept = []
    for selector in re.split(r",(?![^(]*\))", selectors):
        classes = re.findall(r"\.((?:[\w-]|\\.)+)", selector)
        if all(STYLES.match(name) and not UNUSED.match(name) for name in classes):
            kept.append(selector)
    return ",".join(kept)


def subset(css: str) -> str:
    """Only the rules whose every class is one that Heli uses; element rules stay."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    parts = []
    for head, body in rules(css):
        if head.startswith(("@media", "@supports")):
            inner = subset(body)
            if inner:
                parts.append(f"{head}{{{inner}}}")
        elif head.startswith("@"):
            continue
        elif kept := _kept_selectors(head):
            parts.append(f"{kept}{{{body}}}")
    return "\n".join(parts)


def sprite(folder: Path) -> str:
    """One SVG file with a symbol for each icon of ``ICONS``."""
    symbols = []
    for name in ICONS:
        text = (folder / "icons" / "outline" / f"{name}.svg").read_text(encoding="utf-8")
        shapes = re.sub(r"\s+", " ", text[text.index(">", text.index("<svg")) + 1 :])
        shapes = re.sub(r'<path stroke="none" d="M0 0h24v24H0z" fill="none" ?/>', "", shapes)
        shapes = shapes.replace("</svg>", "").strip()
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{shapes}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def fetch() -> None:
    """Fetch every package, keep what is used, write the manifest."""
    manifests: dict[Path, list[dict[str, Any]]] = {VENDOR: [], FONTS: []}
    for home in manifests:
        shutil.rmtree(home, ignore_errors=True)
    with tempfile.TemporaryDirectory() as temporary:
        for package in PACKAGES:
            source = unpack(package, Path(temporary))
            files = {}
            for wanted, name in package.files.items():
                target = package.home / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source / wanted, target)
                files[name] = ""
            _cut(package, source, files)
            manifests[package.home].append(
                {
                    "name": package.name,
                    "version": package.version,
                    "licence": package.licence,
                    "files": {name: sha256(package.home / name) for name in sorted(files)},
                }
            )
            print(f"{package.name} {package.version}: {len(files)} files")
    _write(manifests)


def _cut(package: Package, source: Path, files: dict[str, str]) -> None:
    """Keep of a package only what Heli uses."""
    if package.name == "@tabler/core":
        sheet = VENDOR / "tabler" / "tabler.min.css"
        sheet.write_text(subset(sheet.read_text(encoding="utf-8")), encoding="utf-8")
    if package.name == "@tabler/icons":
        (VENDOR / "tabler" / "icons.svg").write_text(sprite(source), encoding="utf-8")
        files["tabler/icons.svg"] = ""
    if package.name == "@expo-google-fonts/noto-sans-sc":
        _only_common(FONTS / "NotoSansSC-Regular.ttf")
    if package.name == "bpmn-js":
        _only_woff2(VENDOR / "bpmn" / "font" / "css" / "bpmn.css")


def _write(manifests: dict[Path, list[dict[str, Any]]]) -> None:
    for home, manifest in manifests.items():
        text = json.dumps(manifest, indent=2) + "\n"
        (home / MANIFEST.name).write_text(text, encoding="utf-8")


def _only_woff2(sheet: Path) -> None:
    """Point the font face at the one format that is shipped."""
    face = "@font-face{font-family:'bpmn';src:url('../font/bpmn.woff2') format('woff2');}"
    text = sheet.read_text(encoding="utf-8")
    sheet.write_text(
        re.sub(r"@font-face\s*\{.*?\}", face, text, count=1, flags=re.S), encoding="utf-8"
    )


def characters() -> set[int]:
    """What the font of reports can set: GB/T 2312, Latin letters, and signs of figures."""
    rows = [*range(0xA1, 0xAA), *range(0xB0, 0xF8)]
    pairs = (bytes([row, cell]) for row in rows for cell in range(0xA1, 0xFF))
    chinese = "".join(pair.decode("gb2312", errors="ignore") for pair in pairs)
    others = "≈≠≤≥−×÷·±µ²³₂₃₁₀→←↑↓Δ∆∑–—‘’“”…•‰°€£¥￥▲▼●○■□"
    return {*map(ord, chinese + others), *range(0x20, 0x180)}


def _only_common(font: Path) -> None:
    """Cut a font down to the characters that reports use; the tool is one for developers."""
    from fontTools import subset as fonts

    options = fonts.Options()
    options.layout_features = ["kern", "locl", "liga", "tnum", "halt", "palt"]
    options.hinting, options.notdef_outline, options.recalc_timestamp = False, True, False
    options.name_IDs = ["*"]
    loaded = fonts.load_font(str(font), options)
    cutter = fonts.Subsetter(options)
    cutter.populate(unicodes=characters())
    cutter.subset(loaded)
    fonts.save_font(loaded, str(font), options)


def verify() -> list[str]:
    """What differs between the manifests and the files on disk, one line each."""
    return [*_verify(VENDOR), *_verify(FONTS)]


def _verify(home: Path) -> list[str]:
    manifest = home / MANIFEST.name
    faults, listed = [], {manifest.name}
    for package in json.loads(manifest.read_text(encoding="utf-8")):
        for name, digest in package["files"].items():
            listed.add(name)
            path = home / name
            if not path.is_file():
                faults.append(f"{name}: missing")
            elif sha256(path) != digest:
                faults.append(f"{name}: differs from the manifest")
    on_disk = {path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()}
    return faults + [f"{name}: not in the manifest" for name in sorted(on_disk - listed)]


def main(arguments: list[str] | None = None) -> int:
    """Fetch or verify."""
    parser = argparse.ArgumentParser(prog="python -m tools.vendor", description=__doc__)
    parser.add_argument("--verify", action="store_true")
    if not parser.parse_args(arguments).verify:
        fetch()
    faults = verify()
    print("\n".join(faults) or "the vendored files are those of the manifest")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
