"""A first mapping, from the columns' names (English and Chinese) and from what stands in them."""

from __future__ import annotations

import re
from collections.abc import Iterable

import duckdb
import pandas as pd

from deepfm.errors import InputError
from deepfm.log.mapping import Mapping
from deepfm.log.source.source import Source, sample
from deepfm.log.times import time_sql

SAMPLED_ROWS = 5_000
MOST_ACTIONS = 30
MOST_CATEGORIES = 0.5  # distinct values a row; above that a text is an id or free text
FEW_CODES = 30

# fmt: off
USER = (
    "userid", "uid", "user", "visitorid", "customerid", "memberid", "customer", "member",
    "accountid", "account", "buyerid", "deviceid", "openid", "unionid", "usersk", "usercode",
    "用户id", "用户", "用户编号", "会员id", "会员", "会员编号", "客户id", "客户", "客户编号",
    "买家id", "访客id",
)
TIME = (
    "time", "eventtime", "timestamp", "ts", "datetime", "eventtimestamp", "behaviortime",
    "actiontime", "invoicedate", "orderdate", "ordertime", "createdat", "createtime",
    "createdtime", "eventdate", "date", "day", "timestr", "行为时间", "时间", "发生时间",
    "事件时间", "下单时间", "创建时间", "时间戳", "购买时间", "日期",
)
ITEM = (
    "itemid", "item", "productid", "product", "stockcode", "sku", "skuid", "goodsid", "goods",
    "spuid", "articleid", "videoid", "contentid", "adid", "商品id", "商品", "商品编号", "物品id",
    "产品id", "货号", "内容id",
)
ACTION = (
    "action", "event", "eventtype", "behaviortype", "behavior", "behaviour", "behaviourtype",
    "actiontype", "eventname", "type", "btag", "op", "行为类型", "行为", "动作", "事件类型",
    "事件", "操作", "操作类型",
)
AMOUNT = (
    "amount", "price", "unitprice", "total", "totalprice", "payment", "revenue", "sales", "value",
    "money", "paid", "交易金额", "金额", "价格", "单价", "实付金额", "支付金额", "销售额",
    "付款金额",
)
NUMBERS = (
    "quantity", "qty", "count", "num", "duration", "dwelltime", "age", "score", "rating",
    "discount", "数量", "件数", "时长", "年龄", "评分", "折扣",
)
# fmt: on
CATEGORIES = re.compile(
    r"categor|brand|city|province|region|country|device|platform|channel|gender|sex|segment|source"
    r"|类目|品类|品牌|城市|省|地区|国家|设备|平台|渠道|性别|等级|来源"
)
LEFT_OUT = re.compile(
    r"session|invoice|order|trace|request|uuid|cookie|transaction|desc|title|comment|remark|url"
    r"|text|email|phone|address|会话|订单|流水|描述|标题|评论|备注|链接|电话|手机|地址|邮箱"
)


def guess_mapping(source: Source) -> Mapping:
    """The mapping an analyst would most likely choose, from the first rows.

    Ids of sessions and orders, free text and texts that hardly repeat are left out. Times are left
    in UTC; the zone is the analyst's to choose.

    Raises:
        InputError: no column looks like a time, or none like a user.
    """
    rows = sample(source, SAMPLED_ROWS)
    left = list(source.columns)
    time = _take_by_name(left, TIME, [c for c in left if _is_time(rows[c], by_name=True)])
    if time is None:
        time = _first(c for c in left if _is_time(rows[c], by_name=False))
    if time is None:
        raise InputError(
            "No column looks like a time. The columns are: {columns}. Add the time of each event.",
            columns=_shown(source, rows),
        )
    left.remove(time)
    user = _take(left, USER)
    action = _take_by_name(left, ACTION, [c for c in left if 0 < rows[c].nunique() <= MOST_ACTIONS])
    action = action or (None if source.header else _action_by_content(rows, left))
    if action in left:
        left.remove(action)
    item = _take(left, ITEM)
    if user is None:
        user, item = _ids_by_content(source, rows, left, item)
    amount = _take_by_name(left, AMOUNT, [c for c in left if _is_number(rows[c])])
    if amount:
        left.remove(amount)
    categories, numbers = _attributes(rows, left)
    return Mapping(user, time, item, action, amount, categories, numbers)


def _plain(name: str) -> str:
    """``name`` in small letters without blanks, dots, dashes and underscores."""
    return re.sub(r"[\s_.\-()（）]", "", name).lower()


def _first(names: Iterable[str]) -> str | None:
    return next(iter(names), None)


def _take_by_name(left: list[str], names: tuple[str, ...], fitting: list[str]) -> str | None:
    """The fitting column whose name comes first in ``names``."""
    plain = {_plain(column): column for column in reversed(fitting) if column in left}
    return _first(plain[name] for name in names if name in plain)


def _take(left: list[str], names: tuple[str, ...]) -> str | None:
    """As `_take_by_name`, without a demand on the content, and taken out of ``left``."""
    found = _take_by_name(left, names, left)
    if found is not None:
        left.remove(found)
    return found


def _is_time(values: pd.Series[str], *, by_name: bool) -> bool:
    """Whether nine in ten values are times; a name may vouch for digits like 20110101."""
    known = values.dropna().str.strip()
    if known.empty:
        return False
    digits = known.str.fullmatch(r"\d+").mean() > 0.5
    if digits and not by_name and not known.str.fullmatch(r"1\d{9}|1\d{12}").mean() > 0.9:
        return False
    if digits and by_name and known.str.len().max() < 8:
        return False
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("cells", pd.DataFrame({"text": known.astype(object)}))
        either = " OR ".join(
            f"{time_sql('text', 'UTC', day_first=day_first)} IS NOT NULL"
            for day_first in (False, True)
        )
        share = connection.execute(f"SELECT avg(({either})::INTEGER) FROM cells").fetchone()
    return share is not None and share[0] >= 0.9


def _is_number(values: pd.Series[str]) -> bool:
    known = values.dropna()
    return len(known) > 0 and bool(pd.to_numeric(known, errors="coerce").notna().mean() > 0.95)


def _action_by_content(rows: pd.DataFrame, left: list[str]) -> str | None:
    """The column of words with the fewest different values, at least two."""
    counts = {c: rows[c].nunique() for c in left if not _is_number(rows[c])}
    few = {c: n for c, n in counts.items() if 2 <= n <= MOST_ACTIONS}
    return min(few, key=lambda c: few[c]) if few else None


def _ids_by_content(
    source: Source, rows: pd.DataFrame, left: list[str], item: str | None
) -> tuple[str, str | None]:
    """User and item of a log whose names say nothing.

    By custom the user stands first; the item is the id with the most different values after it.
    """
    ids = [c for c in left if rows[c].nunique() > 1 and not _has_fractions(rows[c])]
    if source.header:
        ids = [
            c for c in ids if re.search(r"user|member|customer|visitor|用户|会员|客户", c.lower())
        ]
    if not ids:
        raise InputError(
            "No column looks like a user. The columns are: {columns}. Add who did each event.",
            columns=_shown(source, rows),
        )
    user = ids[0]
    left.remove(user)
    if item is None and not source.header and ids[1:]:
        item = max(ids[1:], key=lambda c: rows[c].nunique())
        left.remove(item)
    return user, item


def _has_fractions(values: pd.Series[str]) -> bool:
    known = values.dropna()
    return _is_number(known) and bool(known.str.contains(r"\.0*[1-9]").any())


def _attributes(rows: pd.DataFrame, left: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Which of the other columns are categories and which are numbers."""
    categories: list[str] = []
    numbers: list[str] = []
    for column in left:
        plain, known = _plain(column), rows[column].dropna()
        if known.empty or (LEFT_OUT.search(plain) and not CATEGORIES.search(plain)):
            continue
        if CATEGORIES.search(plain):
            categories.append(column)
        elif plain in NUMBERS and _is_number(known):
            numbers.append(column)
        elif _is_number(known):
            code = not _has_fractions(known) and known.nunique() <= FEW_CODES
            if code or re.search(r"id$|code|type|编号|编码|类型", plain) or "column_" in column:
                categories.append(column)
            else:
                numbers.append(column)
        elif known.nunique() <= max(FEW_CODES, len(known) * MOST_CATEGORIES) and not _is_time(
            known, by_name=False
        ):
            categories.append(column)
    return tuple(categories), tuple(numbers)


def _shown(source: Source, rows: pd.DataFrame) -> str:
    """The columns, each with its first value."""
    firsts = ((c, rows[c].dropna()) for c in source.columns)
    return ", ".join(f"{c} ({v.iloc[0]})" if len(v) else c for c, v in firsts)
