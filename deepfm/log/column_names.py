"""What the columns of logs are called, in English and Chinese, as ``plain`` writes it."""

from __future__ import annotations

import re

# fmt: off
USER = (
    "userid", "uid", "user", "visitorid", "customerid", "memberid", "customer", "member",
    "accountid", "account", "buyerid", "distinctid", "userpseudoid", "visitor", "clientid",
    "customercode", "customerno", "deviceid", "openid", "unionid", "usersk", "usercode",
    "用户id", "用户", "用户编号", "会员id", "会员", "会员编号", "客户id", "客户", "客户编号",
    "用户账号", "用户标识", "买家id", "访客id", "顾客id", "顾客",
)
TIME = (
    "time", "eventtime", "timestamp", "ts", "datetime", "eventtimestamp", "behaviortime",
    "actiontime", "invoicedate", "orderdate", "ordertime", "createdat", "createtime",
    "createdtime", "servertimestamp", "servertime", "logtime", "occurredat", "visittime",
    "eventdate", "date", "day", "dt", "timestr", "行为时间", "时间", "发生时间",
    "事件时间", "操作时间", "访问时间", "下单时间", "创建时间", "时间戳", "购买时间", "日期",
)
CLOCK = (
    "hour", "hh", "eventhour", "clock", "timeofday", "time", "eventtime", "小时", "时", "时刻",
    "时间",
)
ITEM = (
    "itemid", "item", "productid", "product", "stockcode", "sku", "skuid", "goodsid", "goods",
    "spuid", "articleid", "videoid", "contentid", "adid", "商品id", "商品", "商品编号", "物品id",
    "产品id", "货号", "内容id",
)
ACTION = (
    "action", "event", "eventtype", "behaviortype", "behavior", "behaviour", "behaviourtype",
    "actiontype", "eventname", "activity", "type", "btag", "op", "行为类型", "行为", "动作",
    "事件类型",
    "事件", "事件名称", "操作", "操作类型",
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


def plain(name: str) -> str:
    """``name`` in small letters without blanks, dots, dashes and underscores."""
    return re.sub(r"[\s_.\-()（）]", "", name).lower()
