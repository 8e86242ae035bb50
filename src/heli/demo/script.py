"""What happens in Linjiang's four weeks: whose matters, how fast, which turns they take."""

import random
from dataclasses import dataclass
from typing import Any, NamedTuple

from heli.demo.registers import Persona

SHOPS = (
    "江畔小馆",
    "云帆面馆",
    "老街豆花",
    "望江茶餐厅",
    "青石火锅",
    "渡口小厨",
    "晨光早点",
    "桂香甜品",
)
FIRMS = ("启航制衣", "临江云图科技", "青禾农产", "远帆物流", "知行文化", "汇川机电")
PROJECTS = ("老城厢更新 3 号地块", "滨江码头片区更新", "纺织厂旧址更新", "南门市场片区更新")

# Working days a department usually needs, least and most; the fire brigade is the bottleneck.
SPEED = {
    "scjg": (0.5, 4.0),
    "xfjy": (4.0, 13.0),
    "sthj": (1.0, 5.5),
    "cgj": (1.0, 6.0),
    "zwzx": (0.1, 0.8),
    "gaj": (0.2, 1.2),
    "swj": (0.3, 2.5),
    "rsj": (0.5, 2.5),
    "zrzy": (4.0, 15.0),
    "jtj": (3.0, 10.0),
    "zjj": (1.0, 5.0),
}
USUAL = (0.5, 4.0)

# What happens in a matter beside the usual, by turn.
PLOTS = (
    "plain",
    "supplement",
    "request",
    "plain",
    "handover",
    "plain",
    "refused",
    "supplement_open",
    "plain",
    "request_refused",
    "bounced",
    "returned",
    "plain",
    "withdrawn",
    "request_open",
    "plain",
)

SUPPLEMENT_GROUND = "行政许可法第三十二条第一款第四项"


class Wanted(NamedTuple):
    """What applicants of one procedure are asked to add, and what they answer."""

    text: str
    field: str
    answer: str
    corrected: str | int


SUPPLEMENTS = {
    "open-restaurant": Wanted(
        "请补交经营场所平面布置图，标明出口与餐位，并核对餐位数。",
        "seats",
        "平面布置图已补交，餐位数按图更正。",
        48,
    ),
    "start-enterprise": Wanted(
        "请按经营范围规范表述重新填写经营范围。",
        "scope",
        "经营范围已按规范表述填写。",
        "餐饮服务；食品销售",
    ),
    "urban-renewal": Wanted(
        "请补交总平面图，并核对拟建建筑面积。",
        "floor_area",
        "总平面图已补交，建筑面积按图更正。",
        86400,
    ),
}
# Why a task is refused: the law its department decides by, and what was found.
REFUSALS = {
    "Task_Fire": ("消防法第十五条第二款", "现场检查不符合要求。"),
    "Task_Register": ("市场主体登记管理条例第二十条", "申请登记的事项不符合法律、行政法规规定。"),
    "Task_Land": ("土地管理法第五十二条", "拟用地块不符合国土空间规划。"),
}
REQUEST_TEXT = "请协助核对该地址的产权登记与实际用途是否一致。"
REQUEST_GROUND = "该事项不属于本部门法定职责（行政许可法第二十六条）"


@dataclass(frozen=True, slots=True)
class Denial:
    """A lookup that is denied.

    Attributes:
        person: Whom or whose enterprise it is about, by place in the cast.
        closed: Asked for a matter that has ended, not for a running one.
    """

    department: str
    resource: str
    purpose: str
    person: int
    closed: bool = False


RESOURCES = {"gaj/residents": "person", "scjg/enterprises": "enterprise"}
_OUTSIDE = Denial("scjg", "gaj/residents", "restaurant", 11)
_ENDED = Denial("xfjy", "scjg/enterprises", "restaurant", 0, closed=True)
_NO_GRANT = Denial("sthj", "gaj/residents", "", 2)
_NO_TASK = Denial("swj", "scjg/enterprises", "enterprise_start", 1)
# Days before the end at which each is asked.
DENIALS = (
    (23, _NO_GRANT),
    (15, _OUTSIDE),
    (9, _NO_TASK),
    (6, _ENDED),
    (3, _OUTSIDE),
    (2, _NO_TASK),
    (1, _NO_GRANT),
)


def answers(procedure: str, n: int, persona: Persona, rng: random.Random) -> dict[str, Any]:
    """The answers of the ``n``-th matter; whom it concerns is in the registers."""
    if procedure == "open-restaurant":
        return {
            "person_id": persona.resident_id,
            "person_name": persona.name,
            "mobile": "13900000000",
            "credit_code": persona.credit_code,
            "enterprise_name": persona.enterprise,
            "trade": "餐饮业",
            "unit_code": persona.unit_code,
            "address": f"临江市滨江路 {1 + n} 号",
            "area": round(rng.uniform(60, 400), 1),
            "shop_name": SHOPS[n % len(SHOPS)],
            "dishes": rng.choice(("hot", "cold", "drinks")),
            "seats": rng.randrange(12, 120),
            "fume": rng.choice(("flue", "purifier")),
            "signboard": "门楣上方，6 米 × 1.2 米",
        }
    if procedure == "start-enterprise":
        return {
            "person_id": persona.resident_id,
            "person_name": persona.name,
            "mobile": "13900000000",
            "home_address": "临江市（登记住址）",
            "enterprise_name": f"{FIRMS[n % len(FIRMS)]}有限公司",
            "kind": "limited",
            "capital": rng.choice((50, 100, 300, 1000)),
            "scope": "以登记机关核定的经营范围为准",
            "staff": rng.randrange(2, 60),
            "unit_code": persona.unit_code,
            "address": f"临江市云图路 {10 + n} 号",
        }
    return {
        "credit_code": persona.credit_code,
        "enterprise_name": persona.enterprise,
        "parcel_code": persona.parcel_code,
        "address": "临江市老城厢",
        "land_area": rng.randrange(8000, 60000),
        "project_name": PROJECTS[n % len(PROJECTS)],
        "investment": rng.randrange(8000, 90000),
        "floor_area": rng.randrange(20000, 160000),
        "eia_class": rng.choice(("form", "form", "record", "report")),
        "summary": "保留沿街历史建筑，更新内部市政管线，补充社区服务设施。",
    }
