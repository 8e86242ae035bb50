"""Laws cited in Chinese, as pages of another language say them: one manner everywhere."""

import re

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

ENGLISH = {
    "个人信息保护法": "Personal Information Protection Law",
    "数据安全法": "Data Security Law",
    "网络安全法": "Cybersecurity Law",
    "民法典": "Civil Code",
    "行政许可法": "Administrative Licensing Law",
    "行政复议法": "Administrative Reconsideration Law",
    "统计法": "Statistics Law",
    "义务教育法": "Compulsory Education Law",
    "食品安全法": "Food Safety Law",
    "消防法": "Fire Protection Law",
    "建筑法": "Construction Law",
    "城乡规划法": "Urban and Rural Planning Law",
    "环境影响评价法": "Environmental Impact Assessment Law",
    "大气污染防治法": "Atmospheric Pollution Prevention and Control Law",
    "传染病防治法": "Law on the Prevention and Treatment of Infectious Diseases",
    "人民警察法": "People's Police Law",
    "刑事诉讼法": "Criminal Procedure Law",
    "道路交通安全法": "Road Traffic Safety Law",
    "突发事件应对法": "Emergency Response Law",
    "社会保险法": "Social Insurance Law",
    "就业促进法": "Employment Promotion Law",
    "税收征收管理法": "Tax Collection Administration Law",
    "政府信息公开条例": "Regulations on Open Government Information",
    "政务数据共享条例": "Regulations on the Sharing of Government Data",
    "优化营商环境条例": "Regulations on Optimising the Business Environment",
    "市场主体登记管理条例": "Regulations on the Registration of Market Entities",
    "住房公积金管理条例": "Regulations on Housing Provident Funds",
    "全国污染源普查条例": "Regulations on the National Census of Pollution Sources",
    "城市市容和环境卫生管理条例": "Regulations on City Appearance and Environmental Sanitation",
    "企业投资项目核准和备案管理条例": (
        "Regulations on the Approval and Filing of Enterprise Investment Projects"
    ),
    "国有土地上房屋征收与补偿条例": (
        "Regulations on the Expropriation of and Compensation for Houses on State-owned Land"
    ),
    "保障农民工工资支付条例": "Regulations on Securing the Wages of Migrant Workers",
    "国务院关于加强数字政府建设的指导意见": (
        "Guiding Opinions of the State Council on Building a Digital Government"
    ),
}
"""Usual English names by the short Chinese name; the state's name before it is left out."""

_STATE = "中华人民共和国"
_CHINESE = re.compile("[\u3400-\u9fff]")
_NUMBER = "[一二三四五六七八九十百]+"
_CITATION = re.compile(
    "《([^《》]+)》"
    r"(?:（国务院令第(\d+)号）|（(\d{4})年(?:修订|修正)）)?"
    f"((?:第{_NUMBER}条)?(?:第{_NUMBER}款)?(?:第（?{_NUMBER}）?项)?)"
)
_PART = re.compile(f"第（?({_NUMBER})）?([条款项])")
_PARTS = {"条": "article", "款": "paragraph", "项": "item"}
_BETWEEN = re.compile(r"\s*[、，；;,和及与]\s*|\s+")
_DIGITS = {digit: value for value, digit in enumerate("一二三四五六七八九", start=1)}


def chinese_number(text: str) -> int:
    """The number that Chinese digits below a thousand write: 123 for 一百二十三."""
    number = digit = 0
    for character in text:
        if character in "十百":
            number += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS[character]
    return number + digit


def article_words(article: str) -> str:
    """Where in a law: ``article 28, paragraph 2`` for 第二十八条第二款; else as it is."""
    if _PART.sub("", article):
        return article
    found = _PART.findall(article)
    return ", ".join(f"{_PARTS[part]} {chinese_number(number)}" for number, part in found)


def cited(text: str) -> SafeString:
    """A citation as the reader takes it in.

    On Chinese pages it stands as it is. Elsewhere a text that does nothing but cite laws with a
    usual English name is said in English: ``Food Safety Law, article 35``. Any other Chinese text
    is marked as Chinese, for screen readers and fonts, and what it cites follows in English.
    """
    text = str(text)
    if (get_language() or "").startswith("zh") or not _CHINESE.search(text):
        return format_html("{}", text)
    found = dict.fromkeys(each for each in map(_english, _CITATION.finditer(text)) if each)
    rest = _CITATION.sub(lambda each: "" if _english(each) else each[0], text)
    words = format_html_join("; ", "{}", ((each,) for each in found))
    if found and not _BETWEEN.sub("", rest):
        return words
    marked = format_html('<span lang="zh-Hans">{}</span>', text)
    return format_html("{} ({})", marked, words) if found else marked


def _english(citation: re.Match[str]) -> str:
    """One citation in English; empty where its law has no usual English name."""
    name, decree, revised, article = citation.groups()
    law = ENGLISH.get(name.removeprefix(_STATE), "")
    if not law:
        return ""
    if decree:
        law += f" (State Council Decree No. {decree})"
    elif revised:
        law += f" (revised {revised})"
    return f"{law}, {article_words(article)}" if article else law
