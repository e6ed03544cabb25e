"""The budget planner: how many of the list to contact."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from deepfm.charts.budget import profit_by_size
from deepfm.prospects.budget import (
    Campaign,
    affordable_size,
    best_size,
    campaign,
    likely_size,
    profit_curve,
    smallest_difference,
)
from pages.shared.address import language, t
from pages.shared.show import chart, numbers

WAYS = {
    "best": "For the greatest profit",
    "people": "By number",
    "budget": "By budget",
    "probability": "By probability",
}


def show_budget(probability: NDArray[np.float64]) -> None:
    """Controls, what comes of them, and the profit for every other number."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        cost = st.number_input(
            t("Cost of a contact"),
            0.0,
            None,
            1.0,
            key="cost",
            width=180,
            help=t("Postage, discount, call: what one contact costs you."),
        )
        value = st.number_input(
            t("Value of somebody who does it"),
            0.0,
            None,
            20.0,
            key="value",
            width=220,
            help=t("What you earn from one purchase, or whatever you ask for."),
        )
        way = st.segmented_control(
            t("How many to contact"),
            list(WAYS),
            default="best",
            format_func=lambda way: t(WAYS[way]),
            key="way",
            required=True,
            help=t("By what you decide: all that pay, a number, a budget, or a least probability."),
        )
    best = best_size(probability, cost, value)
    chosen = choose_size(str(way), probability, cost, best)
    plan = campaign(probability, chosen, cost, value)
    show_campaign(plan)
    curve = profit_curve(probability, cost, value)
    titles = {
        "people": t("Contacts"),
        "profit": t("Expected profit"),
        "low": t("Low"),
        "high": t("High"),
    }
    table = curve.round(2).rename(columns=titles)
    chart(profit_by_size(curve, best, chosen, language()), "profit", table)
    show_hold_out(plan)
    st.button(
        t("Take this number for the download"),
        icon=":material/download:",
        on_click=take_number,
        args=(max(1, chosen),),
    )


def choose_size(way: str, probability: NDArray[np.float64], cost: float, best: int) -> int:
    """How many, in the way that the reader wants to say it."""
    people = len(probability)
    if way == "people":
        return int(st.number_input(t("Contacts"), 0, people, best, key="contacts", width=220))
    if way == "budget":
        usual = float(best * cost)
        budget = st.number_input(t("Budget"), 0.0, None, usual, key="budget", width=220)
        return affordable_size(probability, budget, cost)
    if way == "probability":
        least = st.number_input(
            t("Probability of at least, in %"), 0.0, 100.0, 10.0, 1.0, key="from", width=220
        )
        return likely_size(probability, least / 100)
    if not best:
        st.info(t("At this cost no contact pays for itself."), icon=":material/info:")
    return best


def show_campaign(plan: Campaign) -> None:
    numbers(
        {
            t("Contacts"): f"{plan.people:,}",
            t("Will do it"): f"{plan.reached:,.0f}",
            t("Wasted contacts"): f"{plan.wasted:,.0f}",
            t("Missed"): f"{plan.missed:,.0f}",
            t("Expected profit"): f"{plan.profit:,.0f}",
        }
    )
    st.caption(
        t(
            "Most likely between {low:,.0f} and {high:,.0f} (95% interval), if the probabilities "
            "are right. Whoever would have done it anyway is counted too: only a hold-out shows "
            "what the contact itself brings.",
            low=plan.low,
            high=plan.high,
        )
    )


def show_hold_out(plan: Campaign) -> None:
    share = st.slider(
        t("Held out at random, in %"),
        1,
        50,
        10,
        key="hold-out",
        help=t("More make a smaller effect visible, and contact fewer."),
    )
    held = round(plan.people * share / 100)
    if not 0 < held < plan.people:
        st.caption(t("Too few contacts to hold anybody out."))
        return
    rate = plan.reached / plan.people
    difference = smallest_difference(rate, plan.people - held, held)
    st.caption(
        t(
            "{held:,} of the {people:,} are left alone. The campaign is likely to show an effect "
            "if it moves the rate of {rate:.1%} by {points:.1f} percentage points or more.",
            held=held,
            people=plan.people,
            rate=rate,
            points=100 * difference,
        )
    )


def take_number(people: int) -> None:
    st.session_state["top"] = people
