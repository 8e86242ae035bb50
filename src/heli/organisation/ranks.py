"""Ranks of civil servants, in order.

The leading posts and the parallel grades of the Civil Service Law (2018 revision, articles 18 and
19) and of the regulation on the parallel running of posts and grades (2019, article 8), from the
bottom to the top of what a city knows. Tens are the level: within one level a leading post stands
above the grades that run beside it.
"""

from enum import IntEnum

from django.utils.translation import pgettext_lazy


class Rank(IntEnum):
    """A rank; ``a < b`` says that ``a`` is the lower one."""

    STAFF_MEMBER_2 = 10
    STAFF_MEMBER_1 = 11
    PRINCIPAL_STAFF_4 = 20
    PRINCIPAL_STAFF_3 = 21
    DEPUTY_SECTION = 25
    PRINCIPAL_STAFF_2 = 30
    PRINCIPAL_STAFF_1 = 31
    SECTION = 35
    CONSULTANT_4 = 40
    CONSULTANT_3 = 41
    DEPUTY_DIVISION = 45
    CONSULTANT_2 = 50
    CONSULTANT_1 = 51
    DIVISION = 55
    COUNSEL_2 = 60
    DEPUTY_BUREAU = 65
    COUNSEL_1 = 70
    BUREAU = 75

    @property
    def level(self) -> int:
        """The level: 1 staff … 4 deputy division, 5 division, 6 deputy bureau, 7 bureau."""
        return self.value // 10

    @property
    def leading(self) -> bool:
        """Whether it is a leading post and not a grade."""
        return self.value % 10 == 5

    @property
    def label(self) -> str:
        """Its name in the reader's language."""
        return str(LABELS[self])


LABELS = {
    Rank.STAFF_MEMBER_2: pgettext_lazy("rank", "Staff member, grade 2"),
    Rank.STAFF_MEMBER_1: pgettext_lazy("rank", "Staff member, grade 1"),
    Rank.PRINCIPAL_STAFF_4: pgettext_lazy("rank", "Principal staff member, grade 4"),
    Rank.PRINCIPAL_STAFF_3: pgettext_lazy("rank", "Principal staff member, grade 3"),
    Rank.DEPUTY_SECTION: pgettext_lazy("rank", "Deputy section chief"),
    Rank.PRINCIPAL_STAFF_2: pgettext_lazy("rank", "Principal staff member, grade 2"),
    Rank.PRINCIPAL_STAFF_1: pgettext_lazy("rank", "Principal staff member, grade 1"),
    Rank.SECTION: pgettext_lazy("rank", "Section chief"),
    Rank.CONSULTANT_4: pgettext_lazy("rank", "Consultant, grade 4"),
    Rank.CONSULTANT_3: pgettext_lazy("rank", "Consultant, grade 3"),
    Rank.DEPUTY_DIVISION: pgettext_lazy("rank", "Deputy division chief"),
    Rank.CONSULTANT_2: pgettext_lazy("rank", "Consultant, grade 2"),
    Rank.CONSULTANT_1: pgettext_lazy("rank", "Consultant, grade 1"),
    Rank.DIVISION: pgettext_lazy("rank", "Division chief"),
    Rank.COUNSEL_2: pgettext_lazy("rank", "Counsel, grade 2"),
    Rank.DEPUTY_BUREAU: pgettext_lazy("rank", "Deputy bureau director"),
    Rank.COUNSEL_1: pgettext_lazy("rank", "Counsel, grade 1"),
    Rank.BUREAU: pgettext_lazy("rank", "Bureau director"),
}

CHOICES = [(rank.value, LABELS[rank]) for rank in sorted(Rank, reverse=True)]
