"""Linjiang's departments and people, as plain tables. All of it is invented and looks invented.

An official is called by function, the department's badge and a number («经办员 消02»), so that no
name can be taken for somebody's.
"""

from dataclasses import dataclass
from datetime import date

from heli.engines.contracts.semantics.identity import make_identity_number
from heli.kernel.permissions import Role
from heli.organisation.ranks import Rank

CITY_HALL = "szf"
DIVISION = "990101"
"""County code of Linjiang: 99 belongs to no province (GB/T 2260)."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A department of the demo city.

    Attributes:
        officers: Competences of each officer, in order of their number from 02 on.
    """

    code: str
    name_zh: str
    name_en: str
    badge: str
    short_en: str
    officers: tuple[tuple[str, ...], ...] = ()


HALL = Unit("szf", "市政府", "City Hall", "府", "Hall")

UNITS = (
    Unit(
        "gaj",
        "公安局",
        "Public Security Bureau",
        "公",
        "Police",
        (("seal.filing",), ("seal.filing",), ("seal.filing",)),
    ),
    Unit(
        "scjg",
        "市场监督管理局",
        "Market Regulation Bureau",
        "场",
        "Market",
        (
            ("enterprise.registration", "food.permit"),
            ("food.permit",),
            ("food.permit",),
            ("enterprise.registration",),
            ("enterprise.registration",),
        ),
    ),
    Unit(
        "rsj",
        "人力资源和社会保障局",
        "Human Resources and Social Security Bureau",
        "人",
        "Social",
        (("social.registration",), ("social.registration",), ("social.registration",)),
    ),
    Unit("jyj", "教育局", "Education Bureau", "教", "Education", ((), ())),
    Unit(
        "zrzy",
        "自然资源和规划局",
        "Natural Resources and Planning Bureau",
        "自",
        "Land",
        (
            ("land.approval", "planning.permit", "policy.simulation"),
            ("land.approval",),
            ("planning.permit",),
            ("planning.permit", "land.approval"),
        ),
    ),
    Unit("wjw", "卫生健康委员会", "Health Commission", "卫", "Health", ((), ())),
    Unit(
        "xfjy",
        "消防救援支队",
        "Fire and Rescue Brigade",
        "消",
        "Fire",
        (("fire.inspection",), ("fire.inspection",), ("fire.inspection",), ("fire.inspection",)),
    ),
    Unit(
        "sthj",
        "生态环境局",
        "Ecology and Environment Bureau",
        "生",
        "Environment",
        (
            ("environment.review", "environment.eia"),
            ("environment.review",),
            ("environment.eia", "policy.simulation"),
            ("environment.eia", "environment.review"),
        ),
    ),
    Unit(
        "cgj",
        "城市管理局",
        "Urban Management Bureau",
        "城",
        "Urban",
        (("signboard.review",), ("signboard.review",), ("signboard.review",)),
    ),
    Unit(
        "zjj",
        "住房和城乡建设局",
        "Housing and Construction Bureau",
        "住",
        "Housing",
        (
            ("construction.permit", "project.coordination"),
            ("construction.permit",),
            ("project.coordination", "intake"),
            ("construction.permit", "intake"),
        ),
    ),
    Unit(
        "jtj",
        "交通运输局",
        "Transport Bureau",
        "交",
        "Transport",
        (("traffic.review", "policy.simulation"), ("traffic.review",), ("traffic.review",)),
    ),
    Unit(
        "swj",
        "税务局",
        "Tax Bureau",
        "税",
        "Tax",
        (("tax.registration",), ("tax.registration",), ("tax.registration",)),
    ),
    Unit("mzj", "民政局", "Civil Affairs Bureau", "民", "Civil", ((), ())),
    Unit("fgw", "发展和改革委员会", "Development and Reform Commission", "发", "Plan", ((), ())),
    Unit("czj", "财政局", "Finance Bureau", "财", "Finance", ((), ())),
    Unit("sfj", "司法局", "Justice Bureau", "司", "Justice", ((), ())),
    Unit("sjj", "数据局", "Data Bureau", "数", "Data", ((), ())),
    Unit(
        "zwzx",
        "政务服务中心",
        "Government Service Centre",
        "政",
        "Service",
        (("intake",), ("intake",), ("intake",), ("intake",)),
    ),
)

# In a department with several officers, the second also keeps its data: decides who may use it, and
# sees what the department itself used. The data bureau's steward watches over all of them.
STEWARD_NUMBER = 3
# The pooled front desk: all officers of the service centre, and these from elsewhere.
POOLED = frozenset({("scjg", 6), ("rsj", 4)})

GRADES = (
    Rank.PRINCIPAL_STAFF_2,
    Rank.PRINCIPAL_STAFF_4,
    Rank.STAFF_MEMBER_1,
    Rank.PRINCIPAL_STAFF_3,
    Rank.STAFF_MEMBER_1,
)


@dataclass(frozen=True, slots=True)
class Special:
    """Somebody with a function of their own.

    Attributes:
        post: Post and its English name; None for none.
        rank: Rank of the post.
        competences: What they are qualified for.
    """

    username: str
    name_zh: str
    name_en: str
    department: str
    role: Role
    post: tuple[str, str]
    rank: Rank
    competences: tuple[str, ...] = ()


SPECIALS = (
    Special(
        "leader1",
        "市领导 府01",
        "Leader Hall-01",
        "szf",
        Role.LEADER,
        ("市长", "Mayor"),
        Rank.BUREAU,
    ),
    Special(
        "leader2",
        "市领导 府02",
        "Leader Hall-02",
        "szf",
        Role.LEADER,
        ("秘书长", "Secretary-general"),
        Rank.DEPUTY_BUREAU,
    ),
    Special(
        "supervisor1",
        "督查员 府03",
        "Supervisor Hall-03",
        "szf",
        Role.SUPERVISOR,
        ("督查专员", "Inspector of works"),
        Rank.CONSULTANT_2,
    ),
    Special(
        "supervisor2",
        "督查员 府04",
        "Supervisor Hall-04",
        "szf",
        Role.SUPERVISOR,
        ("督查专员", "Inspector of works"),
        Rank.CONSULTANT_2,
    ),
    Special(
        "arbitrator1",
        "仲裁员 司04",
        "Arbitrator Justice-04",
        "sfj",
        Role.ARBITRATOR,
        ("协作争议仲裁员", "Arbitrator"),
        Rank.CONSULTANT_4,
    ),
    Special(
        "steward1",
        "数据管理员 数04",
        "Data steward Data-04",
        "sjj",
        Role.STEWARD,
        ("数据管理员", "Data steward"),
        Rank.PRINCIPAL_STAFF_1,
        ("data.sharing",),
    ),
    Special(
        "sysadmin",
        "系统管理员 数05",
        "System administrator Data-05",
        "sjj",
        Role.SYSTEM_ADMIN,
        ("系统管理员", "System administrator"),
        Rank.PRINCIPAL_STAFF_3,
    ),
    Special(
        "secadmin",
        "安全保密管理员 数06",
        "Security administrator Data-06",
        "sjj",
        Role.SECURITY_ADMIN,
        ("安全保密管理员", "Security administrator"),
        Rank.PRINCIPAL_STAFF_3,
    ),
    Special(
        "auditadmin",
        "安全审计员 府05",
        "Audit administrator Hall-05",
        "szf",
        Role.AUDIT_ADMIN,
        ("安全审计员", "Audit administrator"),
        Rank.PRINCIPAL_STAFF_1,
    ),
)


@dataclass(frozen=True, slots=True)
class Resident:
    """An applicant; once there are registers, a resident of them: see ``meet_registers``."""

    username: str
    name_zh: str
    name_en: str
    born: date
    sequence: int

    @property
    def identity(self) -> str:
        """A number that is valid by its check character and can belong to nobody."""
        return make_identity_number(DIVISION, self.born, self.sequence)


APPLICANTS = (
    Resident("applicant1", "申请人 甲", "Applicant A", date(1986, 3, 14), 901),
    Resident("applicant2", "申请人 乙", "Applicant B", date(1990, 8, 27), 902),
    Resident("applicant3", "申请人 丙", "Applicant C", date(1979, 11, 5), 903),
    Resident("applicant4", "申请人 丁", "Applicant D", date(1995, 1, 19), 904),
)
