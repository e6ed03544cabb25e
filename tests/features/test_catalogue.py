from deepfm.features.catalogue import feature_catalogue, windows
from deepfm.features.counted import counted
from deepfm.task.question import Question


def test_names_are_unique_even_where_the_log_uses_our_words(make_log):
    events = [
        ("u", action, f"2024-01-0{day} 10:00:00")
        for day, action in enumerate(["last", "events", "first", "hour", "7d"], 1)
    ]
    events[0] = ("v", *events[0][1:])
    log = make_log(events, hour=[1, 2, 3, 4, 5], last=list("abcde"))
    names = [feature.name for feature in feature_catalogue(log, Question(("last",)))]
    assert len(names) == len(set(names))


def test_calendar_comes_first(make_log):
    log = make_log([("u", "a", "2024-01-01 10:00:00"), ("v", "b", "2024-01-02 10:00:00")])
    first = feature_catalogue(log, Question(("a",)))[0]
    assert (first.name, first.family) == ("month", "calendar")


def test_windows_follow_the_lookback():
    assert windows(Question(("a",))) == (1, 3, 7, 14, 28)
    assert windows(Question(("a",), lookback_days=10, active_days=10)) == (1, 3, 7, 10)


def test_the_target_is_always_counted(make_log):
    events = [
        ("u", f"a{n}", f"2024-01-01 10:{n:02d}:{k:02d}") for n in range(12) for k in range(12 - n)
    ]
    events[0] = ("v", *events[0][1:])
    actions = [one.name for one in counted(make_log(events), Question(("a11",)))]
    assert actions[0] == "a11"
    assert len(actions) == 8
