"""How much somebody may keep that was not sent."""

import pytest

from heli.cases import services
from heli.cases.errors import DraftFilesError, TooManyDraftsError
from heli.cases.models import Attachment, Matter
from heli.cases.services import drafts

FOR_ANOTHER = {"name": "张三", "contact": "13900000000", "number": "11010519491231002X"}


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HELI_HOME", str(tmp_path))


def test_a_person_keeps_so_many_drafts(now, linjiang, applicant, monkeypatch):
    monkeypatch.setattr(drafts, "MOST", 2)
    first, _second = (services.save_draft("open-restaurant", {}, by=applicant) for _ in range(2))
    with pytest.raises(TooManyDraftsError) as refused:
        services.save_draft("open-restaurant", {}, by=applicant)
    assert refused.value.detail() == "You have 2 drafts; at most 2 are kept for one person."
    # What is there can be worked on, and others have their own.
    services.save_draft("open-restaurant", {"seats": 3}, by=applicant, draft=first)
    services.save_draft("open-restaurant", {}, by=linjiang["applicant2"])
    services.discard_draft(first, by=applicant)
    services.save_draft("open-restaurant", {}, by=applicant)
    assert Matter.objects.filter(applicant=applicant, state=Matter.State.DRAFT).count() == 2


def test_drafts_at_a_desk_are_counted_too(now, ambassador, monkeypatch):
    monkeypatch.setattr(drafts, "MOST", 1)
    services.save_draft("open-restaurant", {}, by=ambassador, on_behalf=FOR_ANOTHER)
    with pytest.raises(TooManyDraftsError):
        services.save_draft("open-restaurant", {}, by=ambassador, on_behalf=FOR_ANOTHER)


def test_the_files_of_all_drafts_of_a_person_are_counted_together(
    now, linjiang, applicant, matter, monkeypatch
):
    monkeypatch.setattr(drafts, "MOST_BYTES", 3 << 20)
    two = b"x" * (2 << 20)
    first, second = (services.save_draft("open-restaurant", {}, by=applicant) for _ in range(2))
    services.attach(first, "a.txt", two, by=applicant)
    with pytest.raises(DraftFilesError) as refused:
        services.attach(second, "b.txt", two, by=applicant)
    assert refused.value.field == "file"
    assert "have 2.0 MB; with this one of 2.0 MB" in refused.value.detail()
    assert Attachment.objects.count() == 1
    # What was sent is no draft, and others have their own.
    services.attach(matter, "c.txt", two, by=applicant)
    other = services.save_draft("open-restaurant", {}, by=linjiang["applicant2"])
    services.attach(other, "d.txt", two, by=linjiang["applicant2"])
