"""What Linjiang's districts, areas, roads and shops are called in Chinese and English."""

import re

TITLES = {
    "江北示范区": ("江北示范区", "North Bank"),
    "江南示范区": ("江南示范区", "South Bank"),
    "港口示范区": ("港口示范区", "Harbour"),
    "山前示范区": ("山前示范区", "Foothills"),
    "old-town": ("老城", "Old Town"),
    "west-bridge": ("西桥", "West bridge"),
    "middle-bridge": ("中桥", "Middle bridge"),
    "east-bridge": ("东桥", "East bridge"),
    "ring": ("环路", "Ring road"),
    "access": ("进出道路", "Access road"),
    "daily": ("日用百货", "Daily needs"),
    "mall": ("购物中心", "Malls"),
    "fashion": ("服装", "Fashion"),
}
_NUMBERED = {
    "avenue": ("大道", "avenue"),
    "street": ("街", "street"),
    "road": ("路", "road"),
    "lane": ("巷", "lane"),
}
_BANKS = {"n": ("江北", "North"), "s": ("江南", "South")}
_ROAD = re.compile(r"([ns])-(avenue|street|road|lane)-(\d+)")
_OTHER = re.compile(r"(bridge-road|old-town)-(\d+)")
_OTHERS = {"bridge-road": ("过江路", "Bridge road"), "old-town": ("老城街", "Old Town street")}


def place_title(name: str) -> tuple[str, str] | None:
    """Chinese and English title of a place of Linjiang, if it is one."""
    if name in TITLES:
        return TITLES[name]
    if found := _ROAD.fullmatch(name):
        bank, kind, number = _BANKS[found[1]], _NUMBERED[found[2]], int(found[3]) + 1
        return f"{bank[0]}{kind[0]}{number}号", f"{bank[1]} {kind[1]} {number}"
    if found := _OTHER.fullmatch(name):
        both, number = _OTHERS[found[1]], int(found[2]) + 1
        return f"{both[0]}{number}号", f"{both[1]} {number}"
    return None
