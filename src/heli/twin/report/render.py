"""Setting a report: the same run in the same language gives the same bytes, on every machine.

The typesetter is Typst. It finds neither fonts of the machine nor packages of the network: the one
font is the Noto Sans SC that Heli ships, and what is not in it is drawn as a box.
"""

import json
from pathlib import Path

from heli.twin.models import Run
from heli.twin.report.content import content_of

TEMPLATE = Path(__file__).with_name("report.typ")
FONTS = TEMPLATE.with_name("fonts")


def report_pdf(run: Run) -> bytes:
    """The report of a run in the reader's language, as a tagged PDF.

    Raises:
        RunNotDoneError: It has no complete result.
    """
    import typst  # some 80 MB that only reports need

    content = json.dumps(content_of(run), ensure_ascii=False, sort_keys=True)
    finished = run.finished_at or run.asked_at
    made: bytes = typst.compile(
        TEMPLATE,
        root=TEMPLATE.parent,
        font_paths=[FONTS],
        ignore_system_fonts=True,
        sys_inputs={"content": content},
        timestamp=int(finished.timestamp()),
        format="pdf",
    )
    return made
