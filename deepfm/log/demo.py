"""A made-up shop's log with effects planted in it, so that every page can be tried and checked.

No real data went into it. Planted effects (each a `PlantedEffect` of the returned `Demo`):

1. a cart makes a purchase likely, and the more recent the cart the likelier (delay about two days);
2. lovers of category "outdoor" on device "ios" complete far more carts than either alone explains
   (an interaction of two fields);
3. users active in the evening complete more carts;
4. users who look at brand "Nova" complete more carts;
5. activity fades: a user seen lately is likelier to come back and buy than one long unseen.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[Any]

CATEGORIES = ("home", "beauty", "outdoor", "phone", "toys", "food", "books", "garden")
BRANDS = ("Nova", "Luma", "Kite", "Orbit", "Pine", "Atlas", "Coral", "Zephyr", "Birch", "Onyx")
CITIES = ("Shanghai", "Beijing", "Shenzhen", "Chengdu", "Hangzhou", "Wuhan", "Xi'an", "Nanjing")
DEVICES = ("ios", "android", "web")
FIRST_DAY = np.datetime64("2025-03-03")  # a Monday
ITEMS = 4_000
SESSIONS_A_USER = 10.0
VIEWS_A_SESSION = 3.6
WEEKDAY_WEIGHT = np.array([0.9, 0.9, 0.95, 1.0, 1.1, 1.35, 1.25])
LEAVING_AFTER_DAYS = 32.0
CART_LOGIT = -2.1
PURCHASE_LOGIT = -1.9
PURCHASE_DELAY_DAYS = 2.0


@dataclass(frozen=True)
class PlantedEffect:
    """One effect: a plain name and what it adds to the logit that a cart ends in a purchase."""

    name: str
    sentence: str
    logit: float


EFFECTS = (
    PlantedEffect("recent cart", "Purchases follow a cart, after about two days on average.", 0.0),
    PlantedEffect(
        "outdoor × ios", "Lovers of outdoor things who use ios complete far more carts.", 2.2
    ),
    PlantedEffect("evening", "Users who are active in the evening complete more carts.", 1.1),
    PlantedEffect("Nova", "Users whose favorite brand is Nova complete more carts.", 1.0),
    PlantedEffect("recency", "A user long unseen has probably left and buys nothing more.", 0.0),
)


@dataclass(frozen=True)
class Demo:
    """What was written: the file, its size, and the effects planted in it."""

    path: Path
    rows: int
    users: int
    days: int
    effects: tuple[PlantedEffect, ...] = EFFECTS


@dataclass(frozen=True)
class _People:
    """One row a user; every array has shape [users]."""

    taste: Array
    brand: Array
    city: Array
    device: Array
    evening: Array
    carting: Array
    buying: Array
    first: Array
    last: Array
    sessions: Array


def write_demo(path: Path | str, *, users: int = 20_000, days: int = 60, seed: int = 7) -> Demo:
    """Write a made-up log as CSV.

    The columns: user_id, item_id, action, time, category, brand, price, city, device.

    Args:
        path: the CSV file to write; replaced if it exists.
        users: number of people; some of them may never come.
        days: length of the log; its last event falls on the last evening, after 23:00.
        seed: the same seed writes the same bytes.
    """
    rng = np.random.default_rng(seed)
    people = _draw_people(rng, users, days)
    frame = _events(rng, people, days)
    path = Path(path)
    frame.to_csv(path, index=False, lineterminator="\n")
    return Demo(path, len(frame), int(frame["user_id"].nunique()), days)


def _draw_people(rng: np.random.Generator, users: int, days: int) -> _People:
    taste = rng.choice(len(CATEGORIES), users, p=_falling(len(CATEGORIES), 0.4))
    brand = rng.choice(len(BRANDS), users, p=_falling(len(BRANDS), 0.3))
    device = rng.choice(len(DEVICES), users, p=[0.35, 0.45, 0.2])
    evening = rng.random(users) < 0.4
    adventurer = (taste == CATEGORIES.index("outdoor")) & (device == DEVICES.index("ios"))
    first = np.where(rng.random(users) < 0.5, 0.0, rng.random(users) * days * 0.95)
    last = np.minimum(first + rng.exponential(LEAVING_AFTER_DAYS, users) + 0.5, days)
    # Log-normal with mean 1: a few people are there all the time, most seldom.
    zeal = rng.lognormal(-0.5, 1.0, users)
    staying = (last - first) / LEAVING_AFTER_DAYS
    return _People(
        taste=taste,
        brand=brand,
        city=rng.choice(len(CITIES), users, p=_falling(len(CITIES), 0.5)),
        device=device,
        evening=evening,
        carting=CART_LOGIT + rng.normal(0, 0.8, users),
        buying=PURCHASE_LOGIT
        + _effect("outdoor × ios") * adventurer
        + _effect("evening") * evening
        + _effect("Nova") * (brand == BRANDS.index("Nova")),
        first=first,
        last=last,
        sessions=1 + rng.poisson(SESSIONS_A_USER * zeal * staying),
    )


def _events(rng: np.random.Generator, people: _People, days: int) -> pd.DataFrame:
    """All events, sorted by time; the item decides category, brand and price."""
    user = np.repeat(np.arange(len(people.sessions)), people.sessions)
    start = _session_starts(rng, people, user, days)
    views = 1 + rng.poisson(VIEWS_A_SESSION * rng.gamma(2.0, 0.5, len(user)))
    view_session = np.repeat(np.arange(len(user)), views)
    view_user = user[view_session]
    order = np.arange(len(view_session)) - np.repeat(np.cumsum(views) - views, views)
    view_time = start[view_session] + order * 60 + rng.integers(0, 50, len(order))
    category = np.where(
        rng.random(len(order)) < 0.6,
        people.taste[view_user],
        rng.integers(0, len(CATEGORIES), len(order)),
    )
    brand = np.where(
        rng.random(len(order)) < 0.5,
        people.brand[view_user],
        rng.integers(0, len(BRANDS), len(order)),
    )
    item = _items(rng, category, brand)

    carted = rng.random(len(order)) < _sigmoid(people.carting[view_user] - 0.5)
    liked = rng.random(len(order)) < 0.05
    bought = carted & (rng.random(len(order)) < _sigmoid(people.buying[view_user]))
    delay = rng.exponential(PURCHASE_DELAY_DAYS * 86_400, len(order)).astype(np.int64) + 60
    parts = [
        _part("view", np.full(len(order), True), view_user, item, view_time),
        _part("favorite", liked, view_user, item, view_time + 10),
        _part("cart", carted, view_user, item, view_time + 20),
        _part("purchase", bought, view_user, item, view_time + delay),
    ]
    # The log closes with one last look, late in the evening, whatever the size.
    closing = np.array([days * 86_400 - 30])
    parts.append(_part("view", np.array([True]), view_user[-1:], item[-1:], closing))
    return _written(pd.concat(parts, ignore_index=True), people, days)


def _session_starts(rng: np.random.Generator, people: _People, user: Array, days: int) -> Array:
    """Seconds since the first midnight for each session, with a weekly and a daily rhythm."""
    stay = people.last[user] - people.first[user]
    day = np.floor(people.first[user] + rng.random(len(user)) * stay).astype(np.int64)
    # A quiet weekday's session moves to a random other day of the same stay.
    quiet = rng.random(len(user)) > WEEKDAY_WEIGHT[day % 7] / WEEKDAY_WEIGHT.max()
    moved = np.floor(people.first[user] + rng.random(len(user)) * stay).astype(np.int64)
    day = np.minimum(np.where(quiet, moved, day), days - 1)
    mean_hour = np.where(people.evening[user], 20.5, 13.0)
    spread = np.where(people.evening[user], 1.3, 3.2)
    hour = np.clip(rng.normal(mean_hour, spread), 0.0, 23.9)
    return np.asarray(day * 86_400 + hour * 3_600, dtype=np.int64)


def _items(rng: np.random.Generator, category: Array, brand: Array) -> Array:
    """An item id for each (category, brand), a few items of each far more popular than the rest."""
    shelves = len(CATEGORIES) * len(BRANDS)
    depth = ITEMS // shelves
    place = np.minimum((depth * rng.random(len(category)) ** 2.5).astype(np.int64), depth - 1)
    return (category * len(BRANDS) + brand) * depth + place


def _part(action: str, chosen: Array, user: Array, item: Array, time: Array) -> pd.DataFrame:
    return pd.DataFrame(
        {"user": user[chosen], "item": item[chosen], "action": action, "second": time[chosen]}
    )


def _written(events: pd.DataFrame, people: _People, days: int) -> pd.DataFrame:
    """The columns as they stand in the file; what falls after the log's end is not yet known."""
    events = events[events["second"] < days * 86_400]
    events = events.sort_values(["second", "user", "item", "action"], ignore_index=True)
    user, item = events["user"].to_numpy(), events["item"].to_numpy()
    shelf = item // (ITEMS // (len(CATEGORIES) * len(BRANDS)))
    time = FIRST_DAY.astype("datetime64[s]") + events["second"].to_numpy().astype("timedelta64[s]")
    return pd.DataFrame(
        {
            "user_id": user + 100_001,
            "item_id": item + 5_001,
            "action": events["action"],
            "time": np.char.replace(np.datetime_as_string(time, unit="s"), "T", " "),
            "category": np.array(CATEGORIES)[shelf // len(BRANDS)],
            "brand": np.array(BRANDS)[shelf % len(BRANDS)],
            "price": np.round(9.0 + 40.0 * (shelf % 7) + (item * 37 % 100) * 0.9, 2),
            "city": np.array(CITIES)[people.city[user]],
            "device": np.array(DEVICES)[people.device[user]],
        }
    )


def _effect(name: str) -> float:
    return next(effect.logit for effect in EFFECTS if effect.name == name)


def _falling(n: int, power: float) -> Array:
    weight = np.arange(1, n + 1) ** -power
    return np.asarray(weight / weight.sum())


def _sigmoid(x: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-x)))
