from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from handseg.errors import PhotoError
from handseg.segmenter import Prediction
from tests.test_turning import turned_by
from tests.training.evaluation.drawing import Bright, Drawn, Sees, write_cases
from training.evaluation import comparison
from training.evaluation.calibration import best_threshold, brier_score, calibration_error, precision_and_recall
from training.evaluation.cases import Case, CaseError, FolderCases
from training.evaluation.comparison import ComparisonError, gains
from training.evaluation.gate import LEAST_GROUPS, GateError, judge
from training.evaluation.intervals import interval, resampled
from training.evaluation.report import Worst, measured, write_report
from training.evaluation.rulers import RULERS, sums_by_group
from training.evaluation.scores import THRESHOLDS, Score, score
from training.evaluation.summary import summary


def test_the_rulers_are_what_can_be_worked_out_by_hand() -> None:
    cases = Drawn(4, empty=2)
    told = summary(Sees(missed=[0], everywhere=[5]).scores(cases), 0.5)
    hand, photo = 20 * 20, 48 * 64
    assert told["pooled"]["recall"] == pytest.approx(3 / 4)
    assert told["pooled"]["precision"] == pytest.approx(3 * hand / (3 * hand + photo), abs=1e-4)
    assert told["pooled"]["iou"] == pytest.approx(3 * hand / (4 * hand + photo), abs=1e-4)
    assert told["pooled"]["f1"] == pytest.approx(6 * hand / (7 * hand + photo), abs=1e-4)
    assert told["mean_iou"] == pytest.approx(3 / 4)
    assert told["mean_iou_with_background"] == pytest.approx((0.5 * (photo - hand) / photo + 4) / 6, abs=1e-4)
    assert told["boundary_iou"] == pytest.approx(3 / 4)
    assert told["false_area_without_hands"] == pytest.approx(1 / 2)
    assert told["median_false_area_without_hands"] == pytest.approx(1 / 2)
    assert told["pixel_accuracy"] == pytest.approx(1 - (hand + photo) / (6 * photo), abs=1e-4)
    assert told["slices"]["hand: none"]["photos"] == 2
    assert json.loads(json.dumps(told)) == told


def test_boundary_iou_looks_at_a_band_of_two_hundredths_of_the_diagonal() -> None:
    (found,) = Sees().scores(Drawn(1))
    assert found.edge.hit == 20 * 20 - 16 * 16, "2 pixels of 80"


def test_pixels_that_are_not_known_count_in_no_ruler() -> None:
    case = next(iter(Drawn(1)))
    label = case.label.copy()
    label[:, :30] = 127
    seen = np.zeros(label.shape, np.float32)
    seen[10:30, 30:40] = 1
    found = score(Case("a", "s", "g", case.photo, label), Prediction(seen, 0.5, "m"))
    assert (found.counts.iou, found.edge.iou, found.counts.miss) == (1, 1, 0)


def test_a_photo_whose_only_hands_are_not_known_is_neither_with_nor_without_hands() -> None:
    (case,) = Drawn(1)
    unknown = replace(case, label=np.where(case.label == 255, 127, case.label).astype(np.uint8))
    seen = Prediction(np.full(case.label.shape, 0.9, np.float32), 0.5, "m")
    told = summary([score(unknown, seen)], 0.5)
    assert list(told["slices"]) == ["source: drawn"]
    for ruler in (
        "mean_iou",
        "mean_iou_with_background",
        "false_area_without_hands",
        "median_false_area_without_hands",
    ):
        assert told[ruler] is None, ruler
    assert told["pooled"]["precision"] == 0


def test_a_right_mask_of_a_photo_that_is_all_hand_is_right_about_the_background_too() -> None:
    (case,) = Drawn(1)
    whole = replace(case, label=np.full_like(case.label, 255))
    told = summary([score(whole, Prediction(np.ones(case.label.shape, np.float32), 0.5, "m"))], 0.5)
    assert told["mean_iou_with_background"] == 1


def test_at_another_threshold_nothing_is_told_of_edges_that_were_not_measured() -> None:
    (found,) = Sees().scores(Drawn(1))
    told = summary([found.moved_to(0.95)], 0.95)
    assert (told["pooled"]["recall"], told["boundary_iou"]) == (0, None)


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.sampled_from(THRESHOLDS))
def test_the_counts_at_any_threshold_are_those_of_the_mask(seed: int, threshold: float) -> None:
    drawn = np.random.default_rng(seed)
    label = drawn.choice(np.array([0, 127, 255], np.uint8), (9, 13))
    probability = drawn.choice(np.array([0, 0.05, threshold, 0.999, 1, drawn.random()], np.float32), (9, 13))
    case = Case("a", "s", "g", np.zeros((9, 13, 3), np.uint8), label)
    prediction = Prediction(probability, 0.5, "m", speck=0.03)
    assert score(case, prediction, others=[threshold]).at(threshold) == score(case, prediction, threshold).counts


def test_intervals_hold_the_value_and_narrow_with_more_groups() -> None:
    widths = []
    for count in (12, 120):
        sums = sums_by_group(Sees(missed=range(0, count, 4)).scores(Drawn(count)))
        low, high = interval(RULERS["recall"].of(resampled(sums)))
        assert low < 0.75 < high
        widths.append(high - low)
    assert widths[1] < 0.5 * widths[0]


def test_photos_of_one_group_are_no_independent_evidence() -> None:
    drawn = (resampled(sums_by_group(Sees(missed=range(20)).scores(Drawn(80, per_group=each)))) for each in (1, 20))
    alone, together = (interval(RULERS["recall"].of(each)) for each in drawn)
    assert together[1] - together[0] > 1.5 * (alone[1] - alone[0])


def test_a_comparison_is_paired_and_needs_the_same_photos() -> None:
    cases = Drawn(40)
    first, second = Sees(missed=range(20)).scores(cases), Sees(missed=range(15)).scores(cases)
    gain = gains(first, second)["recall"]
    assert gain.difference == pytest.approx(5 / 40)
    assert 0 < gain.low < gain.difference < gain.high
    with pytest.raises(ComparisonError, match="same photos"):
        gains(first, Sees().scores(Drawn(39)))


def test_groups_are_drawn_once_for_two_models_and_all_rulers(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the numbers are those of drawing the same ones for each model and ruler anew, which is the definition."""
    cases, drawings = Drawn(30, empty=9, per_group=3), []
    first = Sees(missed=range(20), everywhere=[30, 31]).scores(cases)
    second = Sees(missed=range(15), everywhere=[31]).scores(cases)
    monkeypatch.setattr(comparison, "resampled", lambda sums: drawings.append(sums) or resampled(sums))
    found = gains(first, second)
    assert len(drawings) == 1
    assert list(found) == list(RULERS)
    one, other = sums_by_group(first), sums_by_group(second)
    for name, gain in found.items():
        differences = RULERS[name].of(resampled(other)) - RULERS[name].of(resampled(one))
        expected = np.nanquantile(differences, [0.025, 0.975, 0.05])
        np.testing.assert_allclose((gain.low, gain.high, gain.at_least), expected, rtol=0, atol=1e-12)
        assert gains(first, second, [name]) == {name: gain}


def test_the_gate_lets_in_what_is_better_and_says_why_it_lets_nothing_else_in() -> None:
    cases = Drawn(40, empty=8)
    incumbent = Sees(missed=range(20), everywhere=[41]).scores(cases)
    assert judge(incumbent, Sees(missed=range(5)).scores(cases)).better
    same = judge(incumbent, incumbent)
    assert not same.better
    assert "not shown to be better" in same.reasons[0]
    worse = judge(incumbent, Sees(missed=range(30)).scores(cases))
    assert not worse.better
    false_alarms = judge(incumbent, Sees(everywhere=[40, 41, 42]).scores(cases))
    assert not false_alarms.better
    assert "it is worse on hand: none: 0.875 becomes 0.625" in false_alarms.reasons


def test_too_few_test_photos_are_told_with_how_many_more_are_needed() -> None:
    few = Sees().scores(Drawn(LEAST_GROUPS - 3, empty=10))
    with pytest.raises(GateError, match="publish 3 more"):
        judge(few, few)
    of_one_film = Sees().scores(Drawn(40, per_group=20))
    with pytest.raises(GateError, match="has 2 groups of photos with hands, and 20 are needed"):
        judge(of_one_film, of_one_film)
    enough = Drawn(LEAST_GROUPS)
    assert judge(Sees(missed=range(10)).scores(enough), Sees().scores(enough)).better


def test_calibration_tells_sure_mistakes_from_honest_doubt() -> None:
    cases = Drawn(10)
    honest = [
        score(c, Prediction(np.full(c.label.shape, (c.label == 255).mean(), np.float32), 0.5, "m")) for c in cases
    ]
    sure = Sees(missed=range(10)).scores(cases)
    share = 20 * 20 / (48 * 64)
    assert calibration_error(honest) < 0.02 < calibration_error(sure)
    assert brier_score(honest) == pytest.approx(share * (1 - share), abs=1e-3)
    assert brier_score(Sees().scores(cases)) < 0.03 < brier_score(sure)
    assert best_threshold([Sees().scores(cases)]) == 0.5


def seen(hand: float, elsewhere: float) -> Score:
    """Of a photo in which the model gives the hand, and everything else, these probabilities."""
    (case,) = Drawn(1)
    probability = np.where(case.label == 255, np.float32(hand), np.float32(elsewhere))
    return score(case, Prediction(probability, 0.5, "m"), others=THRESHOLDS)


def test_the_threshold_is_in_the_middle_of_the_best_ones() -> None:
    assert best_threshold([[seen(hand=0.32, elsewhere=0.12)]]) == 0.2, "of 0.15 to 0.3"
    assert best_threshold([[seen(hand=0.97, elsewhere=0.62)]]) == 0.8, "of 0.65 to 0.95"


def test_each_collection_weighs_the_same_for_the_threshold_whatever_its_size() -> None:
    wants_high, wants_low = [seen(0.99, 0.42)], [seen(0.42, 0), seen(0.42, 0), seen(0.99, 0)]
    assert best_threshold([wants_high, wants_low]) == 0.7, "of 0.45 to 0.95"
    assert best_threshold([wants_high + wants_low]) == 0.25, "of 0.1 to 0.4"


def test_specks_that_no_mask_has_do_not_push_the_threshold_up() -> None:
    """A photo without hands has nine pixels that are hand for most thresholds, but no mask shows them."""
    (with_hand, empty), speck = Drawn(1, empty=1), np.zeros((48, 64), np.float32)
    speck[40:43, 5:8] = 0.6
    sure = Prediction(np.where(with_hand.label == 255, np.float32(0.93), np.float32(0)), 0.5, "m", speck=0.01)
    seen = (with_hand, sure), (empty, replace(sure, probability=speck))
    found = [score(case, prediction, others=THRESHOLDS) for case, prediction in seen]
    assert found[1].moved_to(0.5).counts.iou == 1
    assert best_threshold([found]) == 0.5


def test_the_curve_ends_where_nothing_is_called_a_hand_any_more() -> None:
    precision, recall = precision_and_recall(Sees(missed=[0]).scores(Drawn(4))).T
    assert (precision[recall > 0] > 0).all()
    assert np.isnan(precision[recall == 0]).all()
    assert recall[-1] == 0


def test_a_report_has_the_numbers_the_curve_and_the_worst_photos(tmp_path: Path) -> None:
    write_cases(tmp_path / "data", Drawn(5, empty=1))
    cases, worst = FolderCases(tmp_path / "data" / "images", tmp_path / "data" / "masks"), Worst(most=3)
    found = measured(Bright(), cases, worst)
    write_report(tmp_path / "report", "bright", summary(found, 0.5), found, worst)
    page = (tmp_path / "report" / "report.md").read_text()
    assert "| iou | 1.0000 |" in page
    assert len(worst.names) == 3
    for name in ("curve.png", "worst.png"):
        assert (tmp_path / "report" / name).read_bytes().startswith(b"\x89PNG")


def test_folders_without_photos_and_masks_of_another_size_are_told(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="no photos"):
        FolderCases(tmp_path)
    write_cases(tmp_path, Drawn(2))
    (tmp_path / "masks" / "1.png").write_bytes((tmp_path / "masks" / "0.png").read_bytes()[:40])
    with pytest.raises(PhotoError, match=r"1\.png: no mask can be read"):
        list(FolderCases(tmp_path / "images", tmp_path / "masks"))


def test_masks_of_0_and_1_are_read_as_when_they_are_imported_and_others_are_refused(tmp_path: Path) -> None:
    write_cases(tmp_path, Drawn(1))
    (truth,) = Drawn(1)
    folder = FolderCases(tmp_path / "images", tmp_path / "masks")
    mask = Image.open(tmp_path / "masks" / "0.png").point(lambda value: value // 255)
    mask.save(tmp_path / "masks" / "0.png")
    assert (next(iter(folder)).label == truth.label).all()
    mask.point(lambda value: 2 + 3 * value).save(tmp_path / "masks" / "0.png")
    with pytest.raises(PhotoError, match="a mask has 0 for background and 255 for hand"):
        next(iter(folder))


def test_a_mask_is_turned_with_its_photo_or_refused_where_nobody_can_tell(tmp_path: Path) -> None:
    write_cases(tmp_path, Drawn(1))
    (truth,), folder = Drawn(1), FolderCases(tmp_path / "images", tmp_path / "masks")
    (tmp_path / "images" / "0.png").write_bytes(turned_by(6, truth.label == 255, "PNG"))
    (turned,) = folder
    assert turned.photo.shape == (64, 48, 3)
    assert (turned.label == turned.photo[..., 0]).all()
    (tmp_path / "images" / "0.png").write_bytes(turned_by(3, truth.label == 255, "PNG"))
    with pytest.raises(PhotoError, match=r"0\.png: EXIF turns the photo \(orientation 3\)"):
        list(folder)


def test_photos_that_share_a_mask_are_left_out(tmp_path: Path) -> None:
    write_cases(tmp_path, Drawn(2))
    shutil.copy(tmp_path / "images" / "0.png", tmp_path / "images" / "0.jpg")
    assert [case.name for case in FolderCases(tmp_path / "images", tmp_path / "masks")] == ["1"]


def test_photos_in_a_folder_of_a_group_have_masks_in_one_and_are_drawn_together(tmp_path: Path) -> None:
    for film in ("a", "b"):
        write_cases(tmp_path / film, Drawn(2))
        for kind in ("images", "masks"):
            (tmp_path / kind).mkdir(exist_ok=True)
            (tmp_path / film / kind).rename(tmp_path / kind / film)
    found = list(FolderCases(tmp_path / "images", tmp_path / "masks"))
    assert [(case.name, case.group) for case in found] == [("a/0", "a"), ("a/1", "a"), ("b/0", "b"), ("b/1", "b")]


def of_two_sources(scores: list[Score], rare: int) -> list[Score]:
    """All photos from number `rare` on are of a source of their own."""
    return [replace(each, source="rare" if number >= rare else "drawn") for number, each in enumerate(scores)]


def test_a_kind_of_photos_with_few_hands_is_not_judged_by_them() -> None:
    """Of the source "rare", one photo of five shows a hand, which the candidate finds a little worse."""
    cases = Drawn(40, empty=4)
    incumbent = of_two_sources(Sees(missed=range(20)).scores(cases), rare=39)
    candidate = of_two_sources(Sees(missed=[0, 39]).scores(cases), rare=39)
    assert judge(incumbent, candidate).better


@pytest.mark.parametrize(("rare", "better"), [(36, True), (35, False)])
def test_who_is_worse_on_a_kind_of_photos_is_refused_if_there_are_enough_of_them(rare: int, better: bool) -> None:
    cases = Drawn(40)
    incumbent = of_two_sources(Sees(missed=range(20)).scores(cases), rare)
    judgement = judge(incumbent, of_two_sources(Sees(missed=range(rare, 40)).scores(cases), rare))
    assert judgement.better == better
    assert ("it is worse on source: rare: 1.000 becomes 0.000" in judgement.reasons) != better


def test_a_kind_of_photos_may_not_fall_by_much_though_chance_may_be_to_blame() -> None:
    """Of five photos the incumbent misses one, and the candidate two others."""
    cases = Drawn(40)
    incumbent = of_two_sources(Sees(missed=[*range(20), 39]).scores(cases), rare=35)
    judgement = judge(incumbent, of_two_sources(Sees(missed=[35, 36]).scores(cases), rare=35))
    assert judgement.by_slice["source: rare"].high > 0
    assert judgement.reasons[0] == "it is worse on source: rare: 0.800 becomes 0.600"


@pytest.mark.parametrize(("empty", "better"), [(4, True), (5, False)])
def test_false_alarms_count_if_there_are_enough_photos_without_hands(empty: int, better: bool) -> None:
    cases = Drawn(40, empty=empty)
    incumbent = Sees(missed=range(20)).scores(cases)
    assert judge(incumbent, Sees(everywhere=[40]).scores(cases)).better == better
