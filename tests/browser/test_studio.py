"""The studio as a web page: upload, drag and save; keys alone; narrow windows and zoom; two visitors at once."""

import base64
import io
import json
import re

import numpy as np
import pytest
from notebook_page import PIXELS
from PIL import Image

from aelearn import images

SECONDS_TO_OPEN, SECONDS_TO_PAINT = 300, 180
PICTURE = ".ae-studio-panel img.ae-picture"
# What a person reads beside the control that has the focus.
NAME = """() => {
    const control = document.activeElement;
    if (!control || !control.closest('.ae-studio-panel')) return null;
    const box = control.closest('label, .widget-inline-hbox, .widget-slider, .widget-dropdown, .widget-text');
    const words = control.getAttribute('aria-label') || (box && box.textContent) || control.textContent;
    return words.trim() || `nameless ${control.outerHTML.slice(0, 80)}`;
}"""
# Everything of the panel that is seen and reaches beyond the window, or whose words are cut.
MISFITS = """() => Array.from(document.querySelectorAll('.ae-studio-panel *')).filter(each => {
    const box = each.getBoundingClientRect();
    if (!box.width || !box.height || getComputedStyle(each).visibility === 'hidden') return false;
    const cut = each.matches('.widget-label, button, legend') && each.scrollWidth > each.clientWidth + 1;
    const narrow = each.matches('input:not([type=radio]), select, .noUi-target, svg, canvas') && box.width < 40;
    const beyond = !each.closest('.noUi-target') && (box.left < -1 || box.right > innerWidth + 1);
    return cut || beyond || narrow;
}).map(each => `${each.tagName} ${each.className} ${each.textContent.slice(0, 30)}`)"""
CONTROLS = [
    "before", "size", "name", "Save", "Reset", "photo", "your own photo", "style A", "style B", "style C",
    "your own painting", "mixture of three styles", "weight A", "weight B", "weight C", "alpha", "level 1", "level 2",
    "level 3", "method", "stroke", "colours", "modes", "regions",
]


def png(seed, height, width):
    """A picture of large patches, as the bytes of a file."""
    patches = np.random.default_rng(seed).random((height // 20, width // 20, 3))
    return images.encode_png(np.kron(patches, np.ones((20, 20, 1))).astype(np.float32))


class Studio:
    """The page, as a visitor uses it."""

    def __init__(self, context, address):
        self.page = context.new_page()
        self.came_from = set()
        self.page.on("requestfinished", self._finished)
        reply = self.page.goto(address, wait_until="commit", timeout=1000 * SECONDS_TO_OPEN)
        self.policy = reply.headers.get("content-security-policy", "")
        self.page.wait_for_selector(f"{PICTURE}[src]", timeout=1000 * SECONDS_TO_OPEN)
        self.says(".ae-status", "^painted")

    def _finished(self, request):
        if request.url.startswith("http"):
            self.came_from.add(request.url.split("/")[2])

    def says(self, selector, pattern):
        """Waits until an element of the panel says something, and returns what."""
        return self.wait("""([selector, pattern]) => {
            const text = document.querySelector(`.ae-studio-panel ${selector}`)?.textContent || "";
            return new RegExp(pattern).test(text) && text;
        }""", [selector, pattern])

    def wait(self, script, argument):
        """Waits until a script returns something, and returns that; looks four times a second."""
        try:
            return self.page.wait_for_function(script, arg=argument, timeout=1000 * SECONDS_TO_PAINT,
                                               polling=250).json_value()
        except Exception as error:
            said = self.page.locator(".ae-studio-panel .ae-status").inner_text()
            raise AssertionError(f"waited for {str(argument)[:100]}; the panel says {said!r}") from error

    def pixels(self):
        """The picture at its full size, as a string, once nothing is being painted."""
        self.page.wait_for_timeout(300)
        self.says(".ae-status", "^painted")
        return self.wait(PIXELS, [PICTURE, ""])

    def changes(self, before):
        """Waits until another picture is shown, and then for its full size."""
        self.wait(PIXELS, [PICTURE, before])
        return self.pixels()

    def choose(self, name):
        """Picks an entry of a list by its words."""
        control, words = name
        self.page.locator(f".ae-studio-panel {control} select").select_option(label=words)

    def upload(self, kind, name, content):
        """Hands a file in, and returns what is said of it."""
        place = self.page.locator(".ae-upload").nth(["photo", "painting"].index(kind))
        file = {"name": name, "mimeType": "image/jpeg", "buffer": content}
        place.locator("input").set_input_files(file, timeout=1000 * SECONDS_TO_PAINT)
        expected = re.escape(name.rsplit(".", 1)[0])
        self.wait("([place, name]) => new RegExp(`^${name}(?!.*sending$)`).test(place.textContent)",
                  [place.locator(".ae-said").element_handle(), expected])
        return place.locator(".ae-said").inner_text()

    def tab_to(self, name, *, most=80):
        """Presses Tab until the control of that name has the focus."""
        for _ in range(most):
            if (self.page.evaluate(NAME) or "").startswith(name):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{name} is not reached by Tab")

    def reset(self):
        """As at the start, but photo and styles."""
        self.page.locator(".ae-studio-panel .ae-reset").click()
        self.says(".ae-regions", "regions")
        return self.pixels()


@pytest.fixture(scope="module")
def visitor(browser, studio):
    """One visitor for the whole file, as a page takes a while to open."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    visitor = Studio(context, studio)
    yield visitor
    context.close()


@pytest.fixture
def outputs(workspace):
    """The folder that the page may write to."""
    return workspace / "notebooks" / "web" / "outputs"


def test_upload_drag_and_save(visitor, outputs):
    before = visitor.pixels()
    content = png(1, 700, 900) + bytes(1_500_000)  # what follows a PNG is ignored; it travels in several parts
    assert visitor.upload("photo", "holiday.png", content) == "holiday: 900 × 700 pixels, chosen as the photo"
    mine = visitor.changes(before)
    triangle = visitor.page.locator(".ae-triangle svg")
    triangle.scroll_into_view_if_needed()
    box = triangle.bounding_box()
    visitor.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 30)
    visitor.page.mouse.down()
    for step in range(1, 11):
        visitor.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 30 + step * (box["height"] - 110) / 10)
    visitor.page.mouse.up()
    visitor.changes(mine)
    visitor.page.locator(".ae-name input").fill("../../my holiday")
    with visitor.page.expect_download() as download:
        visitor.page.locator(".ae-save").click()
        visitor.says(".ae-saved", "saved as my_holiday.png in the folder outputs")
        visitor.page.locator(".ae-file a").click()
    taken, written = download.value.path().read_bytes(), (outputs / "my_holiday.png").read_bytes()
    assert taken == written and download.value.suggested_filename == "my_holiday.png"
    picture = Image.open(io.BytesIO(written))
    weights = [weight for _, weight in json.loads(picture.text["aelearn"])["styles"]]
    assert picture.size == (512, 398) and len(weights) == 3 and sum(weights) == pytest.approx(1, abs=1e-3)
    assert 0.2 < weights[0] < 0.8 and weights[1] == pytest.approx(weights[2], abs=0.05)


def test_what_is_no_picture_is_refused_in_a_sentence(visitor):
    assert "at most 20 MB" in visitor.upload("photo", "huge.jpg", bytes(20_000_001))
    assert "not a JPEG, PNG or WebP" in visitor.upload("painting", "script.jpg", b"<svg><script></script></svg>")
    options = visitor.page.locator(".ae-photo-name option").all_inner_texts()
    assert not [option for option in options if "huge" in option]


def test_a_brush_gives_a_part_back_to_the_photo(visitor):
    before = visitor.reset()
    visitor.choose((".ae-regions", "automatic"))
    automatic = visitor.changes(before)
    visitor.page.locator(".ae-brush label", has_text="photo").click()
    canvas = visitor.page.locator(".ae-brush canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    visitor.page.mouse.move(box["x"] + 40, box["y"] + 40)
    visitor.page.mouse.down()
    visitor.page.mouse.move(box["x"] + box["width"] - 40, box["y"] + 40, steps=8)
    visitor.page.mouse.up()
    visitor.changes(automatic)
    assert visitor.page.locator(".ae-regions select").evaluate("e => e.selectedIndex") == 2  # painted by hand
    visitor.reset()


def test_the_divider_draws_the_photo_over_the_picture(visitor):
    frame = visitor.page.locator(".ae-frame")
    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    visitor.page.mouse.click(box["x"] + 0.25 * box["width"], box["y"] + 50)
    clip = visitor.page.locator(".ae-before").evaluate("e => e.style.clipPath")
    share = float(re.search(r"inset\(0(?:px)? ([\d.]+)%", clip)[1])
    assert share == pytest.approx(75, abs=1)
    assert visitor.page.locator(".ae-before").get_attribute("alt")
    visitor.page.locator(".ae-divider").fill("0")


def test_keys_alone_reach_every_control_and_paint(visitor, outputs):
    page, before = visitor.page, visitor.reset()
    page.evaluate("() => { document.activeElement.blur(); getSelection().removeAllRanges(); }")
    page.locator(".ae-divider").focus()
    names = []
    for _ in range(80):
        names.append(page.evaluate(NAME))
        page.keyboard.press("Tab")
    assert not [name for name in names if name and name.startswith("nameless")], names
    missing = [control for control in CONTROLS if not any(name and name.startswith(control) for name in names)]
    assert not missing, names
    page.locator(".ae-divider").focus()
    visitor.tab_to("mixture of three styles")
    page.keyboard.press("b")
    mixed = visitor.changes(before)
    page.keyboard.press("ArrowUp")
    mixed = visitor.changes(mixed)
    visitor.tab_to("alpha")
    page.keyboard.press("PageDown")
    weaker = visitor.changes(mixed)
    visitor.tab_to("regions")
    page.keyboard.press("p")  # painted by hand
    regions = visitor.changes(weaker)
    while page.evaluate("document.activeElement.type") != "radio":
        page.keyboard.press("Tab")
    while page.evaluate(NAME) != "C":
        page.keyboard.press("ArrowRight")
    visitor.tab_to("map of the regions")
    for key in ("ArrowLeft", "ArrowUp", " "):
        page.keyboard.press(key)
    visitor.changes(regions)
    page.locator(".ae-divider").focus()
    visitor.tab_to("Save")
    page.keyboard.press("Enter")
    name = re.search(r"saved as (\S+) in", visitor.says(".ae-saved", "saved as .*\\.png"))[1]
    assert (outputs / name).is_file()
    visitor.reset()


WINDOWS = {"1280": (1280, 800, 1), "640": (640, 800, 1), "1280 at 200 %": (640, 400, 2), "320": (320, 640, 2)}


@pytest.mark.parametrize("regions", ["none", "automatic"])
@pytest.mark.parametrize("window", WINDOWS)
def test_everything_fits_in_a_narrow_window_and_at_twice_the_size(visitor, window, regions, tmp_path):
    width, height, scale = WINDOWS[window]
    visitor.choose((".ae-regions", regions))
    session = visitor.page.context.new_cdp_session(visitor.page)
    metrics = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False}
    session.send("Emulation.setDeviceMetricsOverride", metrics)
    try:
        visitor.page.wait_for_timeout(500)
        assert visitor.page.evaluate("[innerWidth, devicePixelRatio]") == [width, scale]
        assert visitor.page.evaluate(MISFITS) == []
        visitor.page.locator(".ae-brush canvas" if regions == "automatic" else ".ae-modes").scroll_into_view_if_needed()
        shot = session.send("Page.captureScreenshot")["data"]  # the page's own screenshot would undo the metrics
        (tmp_path / "window.png").write_bytes(base64.b64decode(shot))
    finally:
        session.send("Emulation.clearDeviceMetricsOverride")
        session.detach()


def test_two_visitors_do_not_see_each_others_pictures(visitor, browser, studio, outputs):
    visitor.upload("photo", "secret.png", png(2, 200, 300))
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    try:
        other = Studio(context, studio)
        first = other.pixels()
        assert "secret" not in " ".join(other.page.locator(".ae-photo-name option").all_inner_texts())
        other.upload("photo", "private.png", png(3, 200, 300))
        other.changes(first)
        assert "private" not in " ".join(visitor.page.locator(".ae-photo-name option").all_inner_texts())
        names = []
        for each in (visitor, other):
            each.pixels()
            each.page.locator(".ae-name input").fill("same")
            each.page.locator(".ae-save").click()
            names.append(re.search(r"saved as (\S+) in", each.says(".ae-saved", "saved as same"))[1])
        assert sorted(names) == ["same-2.png", "same.png"]
        assert (outputs / names[0]).read_bytes() != (outputs / names[1]).read_bytes()
        for place in (f"voila/files/outputs/{names[0]}", f"files/outputs/{names[0]}", f"outputs/{names[0]}",
                      f"static/outputs/{names[0]}", "voila/files/studio.ipynb", "api/kernels", "api/contents"):
            reply = context.request.get(studio + place, max_redirects=0)
            assert reply.status != 200, place
    finally:
        context.close()


def test_the_page_takes_nothing_from_elsewhere(visitor, studio):
    assert visitor.came_from == {studio.split("/")[2]}
    assert "default-src 'self'" in visitor.policy and "http" not in visitor.policy
