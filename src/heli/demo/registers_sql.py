"""The statements that make Linjiang's registers; see ``registers.py``."""

DAY = "DATE '2026-01-01'"
"""The day on which the registers are true."""

_IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)

_STREETS = "滨江 合流 临港 望江 书院 青石 长堤 渡口 南浦 竹溪"
_DIVISIONS = ("990101 江北示范区", "990102 江南示范区", "990103 港口示范区", "990104 山前示范区")
_TRADES = "餐饮 零售 软件 物流 建筑 制造 文化 咨询"
# Members of ten households in a row; 25 people in all.
_SIZES = (3, 2, 4, 1, 3, 2, 3, 4, 2, 1)


def macros(seed: int) -> str:
    """Functions for random draws and check characters.

    ``pick(i, column, n)`` is a whole number below ``n`` that depends on the seed, the row and the
    column only.
    """
    return f"""
    CREATE MACRO pick(i, name, n) AS
        (md5_number_lower('{seed}|' || name || '|' || i) % n)::INT;
    CREATE MACRO division(i) AS '99010' || (1 + pick(i, 'division', 4));
    CREATE MACRO division_name(code) AS CASE code
        {" ".join(f"WHEN '{d.split()[0]}' THEN '{d.split()[1]}'" for d in _DIVISIONS)} END;
    CREATE MACRO street(i, name) AS
        list_extract({_STREETS.split()!r}, 1 + pick(i, name, 10)) || '示例路'
        || (1 + pick(i, name || '#', 300)) || '号';
    CREATE MACRO flat_address(code, street, flat) AS
        '临江市' || division_name(code) || street || (flat + 1) || '室';
    CREATE MACRO with_identity_check(body) AS body || substr('10X98765432', 1 + (
        {_weighted(_IDENTITY_WEIGHTS, "substr(body, {n}, 1)::INT")}) % 11, 1);
    CREATE MACRO with_organisation_check(body) AS body || substr('0X987654321', 1 + (
        {_weighted(_ORGANISATION_WEIGHTS, _position(_ORGANISATION_ALPHABET))}) % 11, 1);
    CREATE MACRO with_credit_check(body) AS body || substr('{_CREDIT_ALPHABET}', 1 + (31 - (
        {_weighted(_credit_weights(), _position(_CREDIT_ALPHABET))}) % 31) % 31, 1);
    CREATE MACRO base31(i) AS {_base31(6)};
    """


def _weighted(weights: tuple[int, ...], term: str) -> str:
    return " + ".join(f"{weight} * ({term.format(n=n)})" for n, weight in enumerate(weights, 1))


def _position(alphabet: str) -> str:
    return f"instr('{alphabet}', substr(body, {{n}}, 1)) - 1"


def _credit_weights() -> tuple[int, ...]:
    return tuple(pow(3, position, 31) for position in range(17))


def _base31(length: int) -> str:
    return " || ".join(
        f"substr('{_CREDIT_ALPHABET}', 1 + ((i // {31**power}) % 31)::INT, 1)"
        for power in reversed(range(length))
    )


def base_tables(residents: int) -> str:
    """Tables that the registers are drawn from.

    Args:
        residents: How many people live in the city.
    """
    slots = [(h, m) for h, size in enumerate(_SIZES) for m in range(size)]
    places = ", ".join(f"({n}, {h}, {m})" for n, (h, m) in enumerate(slots))
    # Only constants of this module and a whole number are put into the text.
    return f"""
    CREATE TABLE slot AS SELECT * FROM (VALUES {places}) t(place, house, member);
    CREATE TABLE person AS
    WITH housed AS (
        SELECT i, i // 25 * 10 + house AS household, member
        FROM range({residents}) r(i) JOIN slot ON place = i % 25
    ), aged AS (
        SELECT *, 26 + pick(household, 'age', 52) AS head_age,
            pick(household, 'headsex', 2) AS head_sex
        FROM housed
    ), born AS (
        SELECT *,
            CASE member WHEN 1 THEN 1 - head_sex WHEN 0 THEN head_sex
                ELSE pick(i, 'sex', 2) END AS male,
            CASE member WHEN 0 THEN head_age
                WHEN 1 THEN greatest(22, head_age - 3 + pick(i, 'gap', 6))
                ELSE greatest(0, head_age - 25 - pick(i, 'childgap', 10)) END AS age
        FROM aged
    ), dated AS (
        SELECT *, division(household // 12) AS division,
            ({DAY} - (age * 365 + 1 + pick(i, 'day', 365)))::DATE AS born
        FROM born
    ), numbered AS (
        SELECT *, row_number() OVER (PARTITION BY division, born, male ORDER BY i) AS nth FROM dated
    )
    SELECT i, household, member, male, age, division, born,
        with_identity_check(division || strftime(born, '%Y%m%d')
            || printf('%03d', ((nth - 1) * 2 + male)::INT)) AS resident_id,
        '示例居民' || printf('%05d', i) AS name
    FROM numbered;

    CREATE TABLE home AS
    SELECT household, i AS head, division, resident_id AS head_id, name AS head_name,
        printf('H%s%08d', division, household) AS household_no,
        household // 12 AS parcel, household % 12 AS flat,
        street(household // 12, 'home') AS street
    FROM person WHERE member = 0;

    CREATE TABLE parcel AS
    SELECT DISTINCT parcel, division, street FROM home;
    ALTER TABLE parcel ADD COLUMN parcel_code VARCHAR;
    UPDATE parcel SET parcel_code =
        division || printf('%03d%03dGB%05d', 1 + parcel // 100000 % 999, 1 + parcel // 1000 % 100,
            parcel % 1000 + 1);

    CREATE TABLE firm AS
    WITH drawn AS (
        SELECT h.household AS i, h.head_id, h.head_name, p.parcel_code, p.division, p.street,
            list_extract({_TRADES.split()!r}, 1 + pick(h.household, 'trade', 8)) AS trade
        FROM home h JOIN parcel p USING (parcel)
        WHERE pick(h.household, 'firm', 6) = 0
    )
    SELECT *, with_credit_check('91' || division || with_organisation_check('MA' || base31(i)))
            AS credit_code,
        '临江示例' || printf('%05d', i) || trade || '有限公司' AS name,
        ({DAY} - (30 + pick(i, 'founded', 5000)))::DATE AS established_on,
        CASE WHEN pick(i, 'status', 20) < 18 THEN 'active' WHEN pick(i, 'status', 20) = 18
            THEN 'suspended' ELSE 'deregistered' END AS status
    FROM drawn;
    CREATE TABLE firm_at AS SELECT *, row_number() OVER (ORDER BY i) - 1 AS nth FROM firm;
    """  # noqa: S608


def registers() -> dict[str, str]:
    """The query behind each register; its columns are those of its contract."""
    return {
        "residents": """
            SELECT resident_id, p.name, CASE male WHEN 1 THEN 'male' ELSE 'female' END AS sex, born,
                p.division, h.household_no,
                flat_address(p.division, h.street, h.flat) AS address,
                '1990000' || printf('%04d', pick(p.i, 'mobile', 10000)) AS mobile,
                CASE WHEN age < 22 OR member > 1 THEN 'single' WHEN member = 1 THEN 'married'
                    ELSE list_extract(['single', 'married', 'married', 'divorced'],
                        1 + pick(p.i, 'marital', 4)) END AS marital_status,
                CASE WHEN age < 12 THEN 'primary' WHEN age < 18 THEN 'secondary'
                    ELSE list_extract(['secondary', 'vocational', 'university'],
                        1 + pick(p.i, 'education', 3)) END AS education
            FROM person p JOIN home h USING (household) ORDER BY resident_id""",
        "households": """
            SELECT household_no, head_id, head_name, h.division,
                flat_address(h.division, h.street, h.flat) AS address,
                (SELECT count(*) FROM person p WHERE p.household = h.household)::INT AS members,
                (DATE '2025-12-31' - pick(household, 'moved', 9000))::DATE AS registered_on
            FROM home h ORDER BY household_no""",
        "enterprises": """
            SELECT credit_code, name, '有限责任公司' AS kind, head_id AS representative_id,
                head_name AS representative, trade,
                (10 + pick(i, 'capital', 990))::INT AS capital, established_on, status, division,
                '临江市' || division_name(division) || street AS address, parcel_code
            FROM firm ORDER BY credit_code""",
        "permits": """
            SELECT credit_code, 'JY' || division || printf('%08d', i) AS permit_no,
                CASE trade WHEN '餐饮' THEN 'food_service' WHEN '零售' THEN 'food_sale'
                    WHEN '物流' THEN 'road_transport' ELSE 'other' END AS kind,
                issued_on, (issued_on + INTERVAL 5 YEAR)::DATE AS valid_until,
                CASE WHEN status <> 'active' THEN 'cancelled'
                    WHEN issued_on + INTERVAL 5 YEAR < DATE '2026-01-01' THEN 'expired'
                    ELSE 'valid' END AS status
            FROM (SELECT *, (established_on + 20)::DATE AS issued_on FROM firm)
            ORDER BY credit_code""",
        "employment": """
            SELECT p.resident_id, p.name, f.credit_code AS employer_code, f.name AS employer,
                (DATE '2025-12-31' - pick(p.i, 'hired', 3000))::DATE AS since,
                (4200 + pick(p.i, 'base', 200) * 100)::INT AS contribution_base,
                list_extract(['insured', 'insured', 'insured', 'suspended'],
                    1 + pick(p.i, 'insured', 4)) AS insurance
            FROM person p JOIN firm_at f
                ON f.nth = md5_number_lower('e' || p.i) % (SELECT count(*) FROM firm_at)
            WHERE age BETWEEN 22 AND 60 AND pick(p.i, 'works', 10) < 7 ORDER BY resident_id""",
        "pupils": """
            SELECT resident_id, p.name, CASE WHEN age < 12 THEN 'primary' WHEN age < 15
                    THEN 'junior' ELSE 'senior' END AS stage,
                '临江市示例' || (1 + pick(household, 'school', 40))
                    || CASE WHEN age < 12 THEN '小学' ELSE '中学' END AS school,
                (age - CASE WHEN age < 12 THEN 5 WHEN age < 15 THEN 11 ELSE 14 END)::INT AS grade,
                h.head_id AS guardian_id
            FROM person p JOIN home h USING (household) WHERE age BETWEEN 6 AND 17 AND member > 1
            ORDER BY resident_id""",
        "parcels": """
            SELECT parcel_code, division, '临江市' || division_name(division) || street AS address,
                list_extract(['residential', 'commercial', 'industrial', 'public'],
                    1 + pick(parcel, 'use', 4)) AS land_use,
                (400 + pick(parcel, 'area', 9600))::DOUBLE AS area,
                list_extract(['state', 'state', 'state', 'collective'],
                    1 + pick(parcel, 'right', 4)) AS ownership,
                pick(parcel, 'heritage', 25) = 0 AS heritage_zone,
                pick(parcel, 'ecology', 30) = 0 AS ecological_redline,
                (1 + pick(parcel, 'ratio', 50) / 10)::DOUBLE AS floor_area_ratio
            FROM parcel ORDER BY parcel_code""",
        "real_estate": """
            SELECT parcel_code || 'F' || printf('%08d', 10000 + h.flat + 1) AS unit_code,
                parcel_code, head_id AS owner_id, head_name AS owner,
                flat_address(h.division, h.street, h.flat) AS address,
                (35 + pick(household, 'floor', 140))::DOUBLE AS floor_area,
                CASE WHEN h.flat < 2 THEN 'shop' ELSE 'dwelling' END AS use,
                pick(household, 'mortgage', 3) = 0 AS mortgaged,
                (DATE '2025-12-31' - pick(household, 'bought', 7000))::DATE AS registered_on
            FROM home h JOIN parcel USING (parcel) ORDER BY unit_code""",
        "health_certificates": """
            SELECT resident_id, name, 'JK' || division || printf('%08d', i) AS certificate_no,
                issued_on, (issued_on + 365)::DATE AS valid_until,
                list_extract(['food', 'public_place', 'water'], 1 + pick(i, 'trade', 3)) AS trade
            FROM (SELECT *, (DATE '2026-10-31' - pick(i, 'issued', 500))::DATE AS issued_on
                FROM person WHERE age BETWEEN 18 AND 65 AND pick(i, 'certificate', 8) = 0)
            ORDER BY resident_id""",
        "hospital_beds": """
            SELECT 'LJYY' || printf('%03d', i) AS facility_no,
                '临江市示例第' || (i + 1) || '医院' AS name,
                '99010' || (1 + i % 4) AS division, beds,
                (beds * (60 + pick(i, 'used', 38)) // 100)::INT AS occupied,
                (beds // 20)::INT AS intensive_care, pick(i, 'emergency', 4) > 0 AS emergency
            FROM (SELECT i, (80 + 20 * pick(i, 'beds', 60))::INT AS beds FROM range(24) r(i))
            ORDER BY facility_no""",
    }
