"""The drawing holds every step, nothing overlaps, nothing leaves the frame."""

from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from heli.web import confluence as model
from heli.web.components import drawing
from heli.web.components.badges import bar

NAMES = st.text("市场监管局食品经营许可 abcdefgh·", min_size=1, max_size=30)
STATES = st.sampled_from(["on_time", "at_risk", "late", "suspended", "done", "waiting", "skipped"])
LEAVES = st.builds(model.Leaf, NAMES, NAMES, STATES, st.floats(-1, 3, allow_nan=False), NAMES)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(model.Sequence, st.lists(inner, min_size=1, max_size=3)),
        st.builds(model.Parallel, st.lists(inner, min_size=1, max_size=4)),
        st.builds(model.Exclusive, st.lists(inner, min_size=1, max_size=3)),
    ),
    max_leaves=10,
)


@given(TREES)
def test_every_step_has_one_lane_inside_the_frame(tree: model.Block) -> None:
    drawn = model.draw(tree)
    assert [lane.leaf for lane in drawn.lanes] == list(model.leaves(tree))
    for lane in drawn.lanes:
        assert 0 < lane.x < lane.x2 < drawn.width
        assert 0 < lane.y < drawn.height
        assert lane.x <= lane.filled_to <= lane.x2


@given(TREES)
def test_lanes_do_not_overlap(tree: model.Block) -> None:
    lanes = model.draw(tree).lanes
    for index, one in enumerate(lanes):
        for other in lanes[index + 1 :]:
            apart = abs(one.y - other.y) >= model.LANE - 0.1
            assert apart or one.x2 <= other.x or other.x2 <= one.x


@given(NAMES, st.floats(1, 400))
def test_fitted_text_is_never_wider_than_its_place(text: str, width: float) -> None:
    shown = model.fitted(text, width)
    assert shown == "…" or model.text_width(shown) <= width
    assert shown == text or shown.endswith("…")


def test_lanes_are_filled_by_their_clock() -> None:
    tree = model.Parallel(
        [
            model.Leaf("a", "x", "on_time", 0.5, "half"),
            model.Leaf("b", "y", "late", 1.0, "late"),
            model.Leaf("c", "z", "waiting", 0.0, "not yet"),
        ]
    )
    shares = [(lane.filled_to - lane.x) / (lane.x2 - lane.x) for lane in model.draw(tree).lanes]
    assert [round(share, 3) for share in shares] == [0.5, 1.0, 0.0]


def test_the_drawing_is_told_in_words() -> None:
    leaf = model.Leaf("a", "x", "late", 1, "late")
    tree = model.Sequence([leaf, model.Parallel([leaf, model.Leaf("b", "y", "done", 1, "done")])])
    with translation.override("zh-hans"):
        assert drawing.summary(tree) == "共 3 个环节，已超时 2，已办结 1"


@given(TREES)
def test_the_small_drawing_shows_every_step_once(tree: model.Block) -> None:
    steps = list(model.leaves(tree))
    assert sum(len(row) for row in drawing._small_rows(tree)) == len(steps)
    assert drawing.small(tree).count('class="cf-track"') == len(steps)


@given(NAMES, st.floats(40, 400))
def test_a_label_takes_two_lines_before_it_is_cut(text: str, width: float) -> None:
    first, second = model.two_lines(text, width)
    assert model.text_width(first) <= width or first == "…"
    assert model.text_width(second) <= width or second == "…"
    if "…" not in first + second:
        assert (first + second).replace(" ", "") == text.replace(" ", "")


def test_long_english_labels_are_shown_whole() -> None:
    label = "Fire safety check of a place of public assembly"
    lanes = [model.Leaf(label, "Fire and Rescue Brigade", "on_time", 0.5, "3 days left")] * 4
    tree = model.Sequence([model.Parallel(lanes), model.Leaf("Issue", "Centre", "waiting", 0, "")])
    for lane in [*model.draw(tree, 980).lanes[:4], *model.draw(tree, 760).lanes[:4]]:
        assert f"{lane.title} {lane.second}".strip() == label


def test_a_suspended_lane_shows_its_hatching_from_the_beginning() -> None:
    lane = model.draw(model.Leaf("a", "x", "suspended", 0.0, "")).lanes[0]
    assert lane.filled_to > lane.x
    assert "bar-hatch" in bar(0.0, "suspended")
    assert 'class="bar-fill" width="0' not in bar(0.0, "suspended")
