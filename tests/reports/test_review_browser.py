"""The review page as people meet it, in a headless Chromium."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="the browser tests need playwright")

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from dedup.cli import main
from dedup.paragraph import Paragraph
from tests.support.articles import PARAGRAPHS, edit
from tests.support.browser import Scheme, chromium, opened
from tests.support.review import HOSTILE, made_of, written

ARABIC = (
    "وافق المجلس مساء أمس على تمويل العبارة التي تعبر النهر مرتين كل يوم، وقال رئيس المجلس إن "
    "الجسر الجديد لن يحل محلها أبدا في السنوات القادمة."
)
CHINESE = "昨天晚上镇议会同意继续为每天两次横渡河流的渡轮提供资金，议会主席说新桥永远不会取代渡轮。"
RELEASE = (
    "To install version 3.4 of the tide service, stop the old one, copy the archive to the "
    "station, and start the installer with the name of the harbour."
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def usual() -> str:
    """Make a page with findings of every kind, in several scripts."""
    files = {
        "docs/a.md": [*PARAGRAPHS[:4], RELEASE, ARABIC, CHINESE],
        "docs/b.md": [*PARAGRAPHS[:3], "Else.", PARAGRAPHS[7] + " " + PARAGRAPHS[8]],
        "docs/c.md": [
            RELEASE.replace("3.4", "3.5"), edit(PARAGRAPHS[3], 0), "Else.", PARAGRAPHS[7],
            ARABIC.replace("مساء أمس", "صباح اليوم"), "Else.", CHINESE.replace("晚", "夜"),
        ],
    }  # fmt: skip
    return made_of(
        [
            Paragraph(text, source, None, k, k)
            for source, texts in files.items()
            for k, text in enumerate(texts, 1)
        ]
    )


@pytest.fixture(scope="module")
def usual_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("review") / "review.html"
    path.write_text(usual())
    return path


@pytest.fixture
def page(browser: Browser, usual_page: Path) -> Iterator[Page]:
    with opened(browser, usual_page) as found:
        yield found


def status(page: Page) -> str:
    return page.inner_text("#shown")


def places(page: Page) -> list[str]:
    return page.locator("article h3").all_inner_texts()


def test_runs_come_first_then_groups_variants_and_what_is_contained(page: Page) -> None:
    assert page.inner_text("h1") == "What repeats"
    assert page.locator(".kind h2").all_inner_texts() == ["Runs", "Groups", "Variants", "Contained"]
    assert places(page)[:2] == ["docs/b.md:1-3", "docs/a.md:4"]


def test_kept_and_copy_stand_side_by_side_with_what_differs_marked(page: Page) -> None:
    variant = page.locator("article.variant", has_text="docs/c.md:1")
    assert variant.locator("del").all_inner_texts() == ["4"]
    assert variant.locator("ins").all_inner_texts() == ["5"]
    kept, copy = (variant.locator(f".{side}-text") for side in ("kept", "copy"))
    assert (kept.inner_text(), copy.inner_text()) == (RELEASE, RELEASE.replace("3.4", "3.5"))
    boxes = kept.bounding_box(), copy.bounding_box()
    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["y"] == boxes[1]["y"]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]


def test_the_judge_says_why(page: Page) -> None:
    why = page.locator("article.variant", has_text="docs/c.md:1").locator("details.why")
    why.locator("summary").click()
    assert why.locator("summary").inner_text().startswith("Why a variant: probability of")
    assert "“4” → “5”: number replaced" in why.inner_text()


def test_a_bar_shows_as_many_findings_as_it_says(page: Page) -> None:
    whole = status(page)
    for name in ("kinds", "bins", "sources"):
        for bar in page.locator(f"#{name} button").all():
            count = bar.locator(".count").inner_text()
            bar.click()
            assert bar.get_attribute("aria-pressed") == "true"
            assert status(page).split(" of ")[0] == count
            assert page.locator("article").count() == int(count)
            page.click("#clear")
            assert bar.get_attribute("aria-pressed") == "false"
            assert status(page) == whole


def test_bars_of_different_sorts_narrow_each_other(page: Page) -> None:
    page.click("#kinds button:has-text('Variants')")
    page.click("#sources button:has-text('docs/b.md')")
    assert status(page).startswith("0 of ")
    page.click("#sources button:has-text('docs/c.md')")
    assert status(page).startswith("3 of ")


def test_search_finds_words_in_texts_and_places_whatever_their_case(page: Page) -> None:
    page.fill("#query", "HARBOUR installer")
    expect(page.locator("article")).to_have_count(1)
    assert places(page) == ["docs/c.md:1"]
    page.fill("#query", "docs/b.md:5")
    expect(page.locator("article")).to_have_class("finding contained")
    page.fill("#query", "渡轮")
    expect(page.locator("article")).to_have_class("finding variant")
    assert "夜" in page.inner_text("article")
    page.fill("#query", "no such words")
    expect(page.locator("article")).to_have_count(0)
    assert status(page).startswith("0 of ")


def test_findings_are_sorted(page: Page) -> None:
    page.select_option("#order", "unlike")
    shares = page.locator("article:not(.contained) .meta").all_inner_texts()
    assert "similarity" in shares[0]
    page.select_option("#order", "place")
    assert [each.split(":")[0] for each in places(page)] == sorted(
        each.split(":")[0] for each in places(page)
    )
    page.select_option("#order", "words")
    words = [each.split(" word")[0] for each in page.locator(".meta").all_inner_texts()]
    numbers = [int(each) for each in words if each.isdecimal()]
    assert numbers == sorted(numbers, reverse=True)
    assert page.locator(".kind").count() == 0


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


def test_the_keyboard_walks_opens_and_helps(page: Page) -> None:
    every = [each.get_attribute("id") for each in page.locator("article").all()]
    for expected in every[:3]:
        page.keyboard.press("j")
        assert focused(page) == expected
    page.keyboard.press("k")
    assert focused(page) == every[1]
    page.keyboard.press("?")
    assert page.locator("dialog").is_visible()
    assert "next finding" in page.inner_text("dialog")
    page.keyboard.press("j")
    page.keyboard.press("Escape")
    assert not page.locator("dialog").is_visible()
    page.keyboard.press("/")
    assert focused(page) == "query"
    page.keyboard.type("jk?")
    assert page.input_value("#query") == "jk?"


def test_a_long_finding_is_opened(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "review.html"
    path.write_text(written([*PARAGRAPHS, *PARAGRAPHS]))
    with opened(browser, path) as page:
        assert page.locator("article .pair").count() == 4
        page.keyboard.press("j")
        page.keyboard.press("o")
        assert page.locator("article .pair").count() == len(PARAGRAPHS)


def test_a_long_text_is_shown_around_its_differences_until_it_is_opened(
    browser: Browser, tmp_path: Path
) -> None:
    long = " ".join(f"w{k}" for k in range(900))
    other = long.replace("w450 ", "other ")
    path = tmp_path / "review.html"
    path.write_text(written([long, "Else.", other]))
    with opened(browser, path) as page:
        text = page.locator(".copy-text")
        assert len(text.inner_text()) < 500
        assert page.locator("article ins").all_inner_texts() == ["other"]
        page.click("text=Show the whole text")
        assert text.inner_text() == other


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts_and_names_are_shown_as_text(
    hostile: str, browser: Browser, tmp_path: Path
) -> None:
    path = tmp_path / "review.html"
    texts = [f"{hostile} {PARAGRAPHS[0]}", "Else.", f"{hostile} {edit(PARAGRAPHS[0], 0)}"]
    path.write_text(written(texts, f"{hostile}.txt", hostile))
    with opened(browser, path) as page:
        page.click("summary >> nth=-1")
        shown = page.locator("article").inner_text()
        assert page.title() == "What repeats - dedup"
        assert page.locator("script").count() == 2
        assert page.locator("iframe, img, b").count() == 0
        assert not set(shown) & set("\x00\x1b\x7f\x9b\u202e\u2066\u200f\u2028\u2029")
        page.keyboard.press("j")
        page.keyboard.press("o")


def test_differences_stand_right_beside_characters_of_two_units(
    browser: Browser, tmp_path: Path
) -> None:
    one = f"😀 {PARAGRAPHS[0]} 😀 said 𝒳 the chairman 🎉 of the council"
    other = one.replace("chairman", "chairwoman")
    path = tmp_path / "review.html"
    path.write_text(written([one, "Else.", other]))
    with opened(browser, path) as page:
        assert page.locator("article del").all_inner_texts() == ["chairman"]
        assert page.locator("article ins").all_inner_texts() == ["chairwoman"]
        assert page.locator(".copy-text").inner_text() == other


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_screen_readers_and_contrast(
    width: int, scheme: Scheme, browser: Browser, usual_page: Path
) -> None:
    with opened(browser, usual_page, width, scheme, bypass_csp=True) as page:
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert violations(page) == []
        page.click("#help")
        assert violations(page) == []


def violations(page: Page) -> list[tuple[str, str]]:
    found = Axe().run(page).response["violations"]
    return [(each["id"], node["html"]) for each in found for node in each["nodes"]]


def test_nothing_is_wider_than_a_small_screen(browser: Browser, usual_page: Path) -> None:
    with opened(browser, usual_page, 360) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        kept, copy = (
            page.locator(f"article.variant .{side}-text").first.bounding_box()
            for side in ("kept", "copy")
        )
        assert kept
        assert copy
        assert kept["y"] + kept["height"] <= copy["y"]
        page.click("#facets > summary")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_texts_run_in_their_own_direction(page: Page) -> None:
    direction = "each => getComputedStyle(each).direction"
    arabic = page.locator("article.variant", has_text="المجلس").locator(".copy-text")
    assert arabic.evaluate(direction) == "rtl"
    assert arabic.locator("ins").inner_text() == "صباح اليوم"
    assert page.locator("article.run .kept-text").first.evaluate(direction) == "ltr"


def test_of_ten_thousand_findings_those_in_sight_are_drawn(
    browser: Browser, tmp_path: Path
) -> None:
    path = tmp_path / "review.html"
    path.write_text(ten_thousand())
    with opened(browser, path) as page:
        page.wait_for_selector("article")
        assert status(page) == "10,000 findings"
        assert page.evaluate(SCROLL) <= 60, "findings that are drawn"
        page.keyboard.press("End")
        page.wait_for_selector("article[aria-posinset='10000']")
        page.keyboard.press("Home")
        page.wait_for_selector("article[aria-posinset='1']")


#: Scrolls a hundred frames; gives the most findings that were there.
SCROLL = """async () => {
    let most = 0;
    for (let k = 0; k < 100; k += 1) {
        scrollBy(0, 500);
        await new Promise(requestAnimationFrame);
        most = Math.max(most, document.querySelectorAll("article").length);
    }
    return most;
}"""


def ten_thousand() -> str:
    """Make a page of 10,000 groups, half of them of an edited copy."""
    draw = random.Random(1)
    paragraphs = []
    for k in range(10_000):
        words = [f"w{draw.randrange(5_000)}" for _ in range(50)]
        other = words if k % 2 else [*words[:20], "the", *words[20:40], *words[41:]]
        for source, text in (("a", words), ("b", other)):
            paragraphs.append(Paragraph(" ".join(text), f"{source}{k % 40}.txt", None, k, k))
        paragraphs += [Paragraph("Else.", f"c{k}.txt", None, j, j) for j in range(3)]
    return made_of(paragraphs)


# -- a check: findings that are accepted


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder whose documents repeat one paragraph, and another with edits."""
    (tmp_path / "a.md").write_text("\n\n".join(PARAGRAPHS[:3]) + "\n")
    (tmp_path / "b.md").write_text(f"{edit(PARAGRAPHS[2], 0)}\n\n# Else\n\n{PARAGRAPHS[0]}\n")
    (tmp_path / "c.md").write_text(f"# Else\n\n{PARAGRAPHS[1]}\n\n# Else\n\n{PARAGRAPHS[0]}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def checked(page_path: Path) -> None:
    assert main(["check", "--min-words", "8", "--report", f"html={page_path}", "-s"]) == 1


def saved(page: Page, path: Path) -> None:
    """Take what the page gives when its button is pressed."""
    with page.expect_download() as download:
        page.click("#download")
    assert download.value.suggested_filename == path.name
    download.value.save_as(path)


def test_accepting_every_finding_gives_the_file_that_dedup_baseline_writes(
    browser: Browser, repository: Path
) -> None:
    checked(repository / "review.html")
    with opened(browser, repository / "review.html") as page:
        assert page.inner_text("h1") == "What the check found"
        assert page.locator("#download").is_disabled()
        page.click("#all")
        assert page.inner_text("#decided") == "3 of 3 findings accepted"
        saved(page, repository / "dedup-baseline.json")
    given = (repository / "dedup-baseline.json").read_bytes()
    (repository / "dedup-baseline.json").unlink()
    assert main(["baseline", "--min-words", "8"]) == 0
    assert given == (repository / "dedup-baseline.json").read_bytes()


def test_what_is_accepted_one_by_one_is_added_to_the_baseline(
    browser: Browser, repository: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for number in (3, 2, 1):
        checked(repository / "review.html")
        with opened(browser, repository / "review.html") as page:
            assert page.locator("article").count() == number
            page.keyboard.press("j")
            page.keyboard.press("Space")
            assert page.inner_text("#decided").startswith("1 of ")
            saved(page, repository / "dedup-baseline.json")
    assert main(["check", "--min-words", "8"]) == 0
    assert "3 known groups are in dedup-baseline.json" in capfd.readouterr().out


def test_a_check_says_level_rule_and_what_differs(browser: Browser, repository: Path) -> None:
    checked(repository / "review.html")
    with opened(browser, repository / "review.html", bypass_csp=True) as page:
        assert page.locator(".kind h2").all_inner_texts() == ["Repeated", "Similar"]
        similar = page.locator("article.similar-paragraph")
        assert similar.locator(".title").inner_text().startswith("warning: 2 paragraphs are 9")
        assert similar.locator("ins").count() == 1
        assert violations(page) == []


# -- a plan: removals that are unticked


@pytest.fixture
def planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a plan for two texts, of which one repeats a block and an edited paragraph."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.md").write_text("\n\n".join(PARAGRAPHS[:5]) + "\n")
    (tmp_path / "in" / "b.md").write_text(
        "\n\n".join([*PARAGRAPHS[:3], "Else.", "Else.", edit(PARAGRAPHS[3], 0)]) + "\n"
    )
    assert main(["clean", "in", "--plan", "plan.jsonl", "--review", "review.html"]) == 0
    return tmp_path


def removed(folder: Path) -> list[tuple[str, int]]:
    """Carry the plan out that the page gave; say which paragraphs went."""
    plan = str(folder / "plan.reviewed.jsonl")
    assert main(["clean", "--apply", plan, "-o", str(folder / "out")]) == 0
    with gzip.open(folder / "out" / "removed.jsonl.gz", "rt") as lines:
        found = [json.loads(line) for line in lines]
    return [(each["source"], each["first"]) for each in found]


def test_what_is_unticked_stays(browser: Browser, planned: Path) -> None:
    with opened(browser, planned / "review.html") as page:
        assert page.inner_text("#decided") == "4 of 4 removals ticked"
        run = page.locator("article.run")
        run.locator("li", has_text="in/b.md:3").locator("input").uncheck()
        assert run.locator("input.whole").evaluate("each => each.indeterminate")
        assert page.inner_text("#decided") == "3 of 4 removals ticked"
        saved(page, planned / "plan.reviewed.jsonl")
    assert removed(planned) == [("in/b.md", 1), ("in/b.md", 5), ("in/b.md", 11)]
    assert PARAGRAPHS[1] in (planned / "out" / "b.md").read_text()


def test_a_finding_is_unticked_by_its_own_tick_and_by_the_keyboard(
    browser: Browser, planned: Path
) -> None:
    with opened(browser, planned / "review.html") as page:
        page.keyboard.press("j")
        page.keyboard.press("Space")
        assert page.inner_text("#decided") == "1 of 4 removals ticked"
        page.keyboard.press("Space")
        page.locator("article.group input.whole").uncheck()
        assert page.inner_text("#decided") == "3 of 4 removals ticked"
        saved(page, planned / "plan.reviewed.jsonl")
    assert removed(planned) == [("in/b.md", 1), ("in/b.md", 3), ("in/b.md", 5)]


def test_all_that_is_shown_is_unticked_at_once(browser: Browser, planned: Path) -> None:
    with opened(browser, planned / "review.html") as page:
        page.click("#kinds button:has-text('Runs')")
        page.click("#none")
        assert page.inner_text("#decided") == "1 of 4 removals ticked"
        page.click("#clear")
        saved(page, planned / "plan.reviewed.jsonl")
    assert removed(planned) == [("in/b.md", 11)]


def test_a_plan_that_nothing_was_unticked_of_is_carried_out_as_it_was(
    browser: Browser, planned: Path
) -> None:
    with opened(browser, planned / "review.html", 360, "dark", bypass_csp=True) as page:
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        saved(page, planned / "plan.reviewed.jsonl")
    given, made = (
        [json.loads(line) for line in (planned / name).read_text().splitlines()]
        for name in ("plan.reviewed.jsonl", "plan.jsonl")
    )
    assert given == made
    assert len(removed(planned)) == 4


def test_odd_characters_survive_the_page(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = f"\ud800\u202e {PARAGRAPHS[0]} \x00\u2028</script>😀"
    rows = [{"id": f"</script>{k}", "text": text} for k in range(2)]
    Path("rows.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    command = ["clean", "rows.jsonl", "--markup", "blank", "--plan", "plan.jsonl"]
    assert main([*command, "--review", "review.html"]) == 0
    with opened(browser, tmp_path / "review.html") as page:
        saved(page, tmp_path / "plan.reviewed.jsonl")
    assert len(removed(tmp_path)) == 1
