"""What the columns of Chinese registers are usually called, and what they then mean."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Header:
    """A usual column.

    Attributes:
        name: Field name proposed for it.
        title_en: Its title in English.
        semantic: Code of the semantic type it usually has, empty for none.
    """

    name: str
    title_en: str
    semantic: str = ""


_KNOWN: dict[str, Header] = {
    "身份证号 身份证号码 公民身份号码 居民身份号码 身份证件号码 证件号码": Header(
        "resident_id", "Resident identity number", "resident_id"
    ),
    "统一社会信用代码 社会信用代码 信用代码": Header(
        "credit_code", "Unified social credit code", "credit_code"
    ),
    "姓名 名字 法定代表人 法人姓名 负责人 联系人 申请人 户主姓名": Header(
        "name", "Name", "person_name"
    ),
    "单位名称 企业名称 公司名称 机构名称 主体名称 医院名称 学校名称": Header(
        "organisation", "Organisation name", "organisation_name"
    ),
    "地址 住址 住所 家庭住址 户籍地址 注册地址 经营场所 详细地址 坐落": Header(
        "address", "Address", "address"
    ),
    "手机 手机号 手机号码 联系电话 移动电话": Header("mobile", "Mobile number", "mobile"),
    "车牌 车牌号 车牌号码 号牌号码": Header("plate", "Vehicle plate number", "plate"),
    "行政区划 行政区划代码 区划代码 所属区划": Header("division", "Division code", "division_code"),
    "宗地代码 宗地编码": Header("parcel_code", "Parcel code", "parcel_code"),
    "不动产单元代码 不动产单元号": Header("unit_code", "Real-estate unit code", "real_estate_unit"),
    "经度": Header("longitude", "Longitude", "longitude"),
    "纬度": Header("latitude", "Latitude", "latitude"),
    "经纬度 坐标": Header("position", "Position", "position"),
    "性别": Header("sex", "Sex"),
    "民族": Header("ethnicity", "Ethnic group"),
    "年龄": Header("age", "Age"),
    "出生日期 出生年月日": Header("born", "Birth date", "date"),
    "状态": Header("status", "Status"),
    "类型 类别": Header("kind", "Kind"),
    "编号 序号": Header("number", "Number"),
    "数量": Header("amount", "Amount"),
    "金额": Header("sum", "Sum of money"),
    "面积": Header("area", "Area"),
    "日期": Header("date", "Date", "date"),
    "年月 月份": Header("month", "Month", "month"),
    "更新时间 更新日期": Header("updated_at", "Updated at"),
    "登记日期 注册日期 成立日期": Header("registered_on", "Registered on", "date"),
    "有效期至 到期日期 有效期": Header("valid_until", "Valid until", "date"),
    "备注": Header("remarks", "Remarks"),
}
_BY_TITLE = {title: header for titles, header in _KNOWN.items() for title in titles.split()}
_BY_NAME = {header.name: header for header in _KNOWN.values()} | {
    "id_card": _BY_TITLE["身份证号"],
    "id_number": _BY_TITLE["身份证号"],
    "uscc": _BY_TITLE["信用代码"],
    "phone": _BY_TITLE["手机"],
    "lon": _BY_TITLE["经度"],
    "lng": _BY_TITLE["经度"],
    "lat": _BY_TITLE["纬度"],
    "division_code": _BY_TITLE["区划代码"],
    "organisation_name": _BY_TITLE["单位名称"],
    "company": _BY_TITLE["单位名称"],
}


def known_header(header: str) -> Header | None:
    """What a column of this title usually holds; what stands in brackets does not count."""
    title = re.sub(r"[（(].*?[)）]", "", header).strip()
    return _BY_TITLE.get(title) or _BY_NAME.get(title.lower().replace(" ", "_"))
