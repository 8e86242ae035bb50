"""Coordinates with their datum: WGS-84, CGCS2000, GCJ-02 and BD-09.

GCJ-02 shifts positions in China by 50 to 700 m and BD-09 shifts GCJ-02 again, so the same figures
mean different places: a coordinate without a datum means none. CGCS2000 (GB 22021) and WGS-84 are
realised within a decimetre of each other and count as one here. GCJ-02 is not published; the
conversion is the one in common use (Krasovsky 1940 ellipsoid), and its inverse is found by
iteration to better than a millimetre.
"""

import math

from heli.engines.contracts.errors import OutOfRangeError, WrongShapeError
from heli.engines.contracts.semantics.base import RandomSource, SemanticType
from heli.errors import gettext_noop

DATUMS = ("WGS84", "CGCS2000", "GCJ02", "BD09")
"""Names as contracts write them."""

_GLOBAL = frozenset({"WGS84", "CGCS2000"})
_CHINA = ((72.004, 137.8347), (0.8293, 55.8271))
"""Where GCJ-02 shifts at all: longitudes, latitudes."""

_SEMI_MAJOR = 6_378_245.0
_ECCENTRICITY_2 = 0.00669342162296594323
_BAIDU = math.pi * 3000.0 / 180.0

_LONGITUDE = gettext_noop("a longitude")
_LATITUDE = gettext_noop("a latitude")
_POSITION = gettext_noop("a position")


def check_coordinate(semantic: str, text: str, datum: str) -> None:
    """Check that a coordinate can be one in its datum.

    Args:
        semantic: ``longitude``, ``latitude`` or ``position``.
        text: Its normal form, decimal degrees.
        datum: One of :data:`DATUMS`.

    Raises:
        OutOfRangeError: It lies outside what the datum covers.
    """
    if datum in _GLOBAL:
        return  # parsing has checked the whole earth
    degrees = [float(part) for part in text.split(",")]
    first = 1 if semantic == "latitude" else 0
    for index, value in enumerate(degrees):
        least, most = _CHINA[first + index]
        if not least <= value <= most:
            what = _LATITUDE if first + index else _LONGITUDE
            raise OutOfRangeError(what=what, least=least, most=most, datum=datum)


def convert(longitude: float, latitude: float, source: str, target: str) -> tuple[float, float]:
    """Move a position from one datum to another.

    Args:
        longitude: Decimal degrees.
        latitude: Decimal degrees.
        source: The datum they are given in.
        target: The datum wanted.

    Returns:
        Longitude and latitude in ``target``. Outside China the datums agree.

    Raises:
        ValueError: A datum is not known.
    """
    if source not in DATUMS or target not in DATUMS:
        raise ValueError(f"a datum is one of {', '.join(DATUMS)}")
    if source == target or {source, target} <= _GLOBAL:
        return longitude, latitude
    if source == "BD09":
        longitude, latitude = _gcj_from_baidu(longitude, latitude)
    elif source in _GLOBAL:
        longitude, latitude = _gcj_from_wgs(longitude, latitude)
    if target == "BD09":
        return _baidu_from_gcj(longitude, latitude)
    if target in _GLOBAL:
        return _wgs_from_gcj(longitude, latitude)
    return longitude, latitude


def _in_china(longitude: float, latitude: float) -> bool:
    (west, east), (south, north) = _CHINA
    return west <= longitude <= east and south <= latitude <= north


def _shift(longitude: float, latitude: float) -> tuple[float, float]:
    x, y = longitude - 105.0, latitude - 35.0
    root = math.sqrt(abs(x))
    common = (20.0 * math.sin(6.0 * x * math.pi) + 20.0 * math.sin(2.0 * x * math.pi)) * 2 / 3
    north = (
        -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common
        + (20.0 * math.sin(y * math.pi) + 40.0 * math.sin(y / 3.0 * math.pi)) * 2 / 3
        + (160.0 * math.sin(y / 12.0 * math.pi) + 320.0 * math.sin(y * math.pi / 30.0)) * 2 / 3
    )  # fmt: skip
    east = (
        300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common
        + (20.0 * math.sin(x * math.pi) + 40.0 * math.sin(x / 3.0 * math.pi)) * 2 / 3
        + (150.0 * math.sin(x / 12.0 * math.pi) + 300.0 * math.sin(x / 30.0 * math.pi)) * 2 / 3
    )  # fmt: skip
    radians = math.radians(latitude)
    magic = 1 - _ECCENTRICITY_2 * math.sin(radians) ** 2
    north_degrees = math.degrees(north / (_SEMI_MAJOR * (1 - _ECCENTRICITY_2) / magic**1.5))
    east_degrees = math.degrees(east / (_SEMI_MAJOR / math.sqrt(magic) * math.cos(radians)))
    return east_degrees, north_degrees


def _gcj_from_wgs(longitude: float, latitude: float) -> tuple[float, float]:
    if not _in_china(longitude, latitude):
        return longitude, latitude
    east, north = _shift(longitude, latitude)
    return longitude + east, latitude + north


def _wgs_from_gcj(longitude: float, latitude: float) -> tuple[float, float]:
    if not _in_china(longitude, latitude):
        return longitude, latitude
    found = (longitude, latitude)
    for _round in range(12):
        east, north = _shift(*found)
        found = (longitude - east, latitude - north)
    return found


def _baidu_from_gcj(longitude: float, latitude: float) -> tuple[float, float]:
    radius = math.hypot(longitude, latitude) + 0.00002 * math.sin(latitude * _BAIDU)
    angle = math.atan2(latitude, longitude) + 0.000003 * math.cos(longitude * _BAIDU)
    return radius * math.cos(angle) + 0.0065, radius * math.sin(angle) + 0.006


def _gcj_from_baidu(longitude: float, latitude: float) -> tuple[float, float]:
    found = (longitude - 0.0065, latitude - 0.006)
    for _round in range(8):
        there = _baidu_from_gcj(*found)
        found = (found[0] + longitude - there[0], found[1] + latitude - there[1])
    return found


def _degrees(text: str, most: float, what: str, example: str) -> str:
    value = text.strip()
    try:
        number = float(value)
    except ValueError:
        raise WrongShapeError(what=what, example=example) from None
    if not math.isfinite(number) or not all(c in "+-.0123456789" for c in value):
        raise WrongShapeError(what=what, example=example)
    if abs(number) > most:
        raise OutOfRangeError(what=what, least=-most, most=most, datum="WGS84")
    return value


def parse_longitude(text: str) -> str:
    """Check a longitude in decimal degrees, east positive.

    Raises:
        WrongShapeError: It is no decimal number.
        OutOfRangeError: It is beyond 180 degrees.
    """
    return _degrees(text, 180.0, _LONGITUDE, "122.730156")


def parse_latitude(text: str) -> str:
    """Check a latitude in decimal degrees, north positive.

    Raises:
        WrongShapeError: It is no decimal number.
        OutOfRangeError: It is beyond 90 degrees.
    """
    return _degrees(text, 90.0, _LATITUDE, "29.518420")


def parse_position(text: str) -> str:
    """Check ``longitude,latitude`` in decimal degrees.

    Raises:
        WrongShapeError: It is not two decimal numbers with a comma between.
        OutOfRangeError: One is beyond its range.
    """
    parts = text.split(",")
    if len(parts) != 2:
        raise WrongShapeError(what=_POSITION, example="122.730156,29.518420")
    return f"{parse_longitude(parts[0])},{parse_latitude(parts[1])}"


def _generate_longitude(rng: RandomSource) -> str:
    return f"{124 + rng.randrange(1_000_000) / 1e6:.6f}"


def _generate_latitude(rng: RandomSource) -> str:
    return f"{29 + rng.randrange(1_000_000) / 1e6:.6f}"


_STANDARD = "GB 22021; ISO 6709"

LONGITUDE = SemanticType(
    code="longitude",
    title_zh="经度",
    title_en="Longitude",
    standard=_STANDARD,
    parse=parse_longitude,
    generate=_generate_longitude,
    keep=(3, 0),
    located=True,
)
LATITUDE = SemanticType(
    code="latitude",
    title_zh="纬度",
    title_en="Latitude",
    standard=_STANDARD,
    parse=parse_latitude,
    generate=_generate_latitude,
    keep=(2, 0),
    located=True,
)
POSITION = SemanticType(
    code="position",
    title_zh="经纬度",
    title_en="Position",
    standard=_STANDARD,
    parse=parse_position,
    generate=lambda rng: f"{_generate_longitude(rng)},{_generate_latitude(rng)}",
    keep=(3, 0),
    located=True,
    pattern=r"[+-]?[0-9.]+,[+-]?[0-9.]+",
)
"""Generated positions lie in the open East China Sea, where nobody lives."""
