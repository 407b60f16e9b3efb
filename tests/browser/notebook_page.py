"""What a person does in JupyterLab, said once: open, run all cells, wait, press a key, press a button."""

import time

SECONDS_TO_LOAD = 60
# The notebook's own records: how many code cells there are, how many have run, and the first error.
STATE = """() => {
    const panel = window.jupyterapp?.shell.currentWidget;
    const cells = panel?.context?.model?.cells;
    if (!cells) return null;
    const code = Array.from(cells).filter(c => c.type === 'code' && c.sharedModel.getSource().trim());
    const error = code.flatMap(c => c.outputs.toJSON()).find(o => o.output_type === 'error');
    return {
        code: code.length,
        run: code.filter(c => c.executionCount !== null).length,
        kernel: panel.context.sessionContext.kernelDisplayStatus,
        error: error ? `${error.ename}: ${error.evalue}` : null,
    };
}"""
# The pixels of a picture once it is there and they are not `before`; else nothing.
PIXELS = """([selector, before]) => {
    const img = document.querySelector(selector);
    if (!img || !img.complete || !img.naturalWidth) return "";
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [img.naturalWidth, img.naturalHeight];
    canvas.getContext("2d").drawImage(img, 0, 0);
    const pixels = canvas.toDataURL();
    return pixels === before ? "" : pixels;
}"""


class NotebookPage:
    """A notebook open in JupyterLab."""

    def __init__(self, page, address):
        self.page = page
        page.goto(address)
        page.locator(".jp-NotebookPanel:visible .jp-Notebook").wait_for(timeout=SECONDS_TO_LOAD * 1000)
        self.until(lambda state: state and state["kernel"] == "idle", SECONDS_TO_LOAD, "the kernel to start")

    def state(self):
        """Counts of code cells and of those that have run, the kernel's status, the first error."""
        return self.page.evaluate(STATE)

    def until(self, condition, seconds, what):
        """Waits for a condition on the state, and names it when it does not come."""
        deadline = time.monotonic() + seconds
        while not condition(state := self.state()):
            assert time.monotonic() < deadline, f"waited {seconds} s for {what}; the notebook says {state}"
            self.page.wait_for_timeout(100)
        return state

    def menu(self, *labels):
        """Picks an entry of the menu bar."""
        self.page.locator(".lm-MenuBar-item", has_text=labels[0]).click()
        self.page.locator(".lm-Menu-item", has_text=labels[1]).first.click()

    def run_all(self, *, seconds):
        """Clears what is there, runs all cells by the menu, and waits for the last one."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
        self.until(lambda state: state["run"] == 0, 10, "the outputs to be cleared")
        self.menu("Run", "Run All Cells")
        state = self.until(
            lambda s: s["error"] or (s["run"] == s["code"] and s["kernel"] == "idle"), seconds, "all cells to run"
        )
        assert state["error"] is None, f"a cell failed: {state['error']}"

    def find(self, selector):
        """The first visible element, scrolled to. Cells out of sight are not drawn, so it looks from the top."""
        element = self.page.locator(f".jp-NotebookPanel:visible {selector}").first
        self.scroll_to(element)
        element.scroll_into_view_if_needed()
        return element

    def scroll_to(self, element, *, seconds=30):
        """Pages through the notebook until the element is drawn."""
        if element.count():
            return
        self.page.evaluate("() => window.jupyterapp.commands.execute('notebook:enter-command-mode')")
        total = self.page.evaluate("() => window.jupyterapp.shell.currentWidget.content.widgets.length")
        for index in range(total):
            self.page.evaluate(
                "i => window.jupyterapp.shell.currentWidget.content.scrollToItem(i, 'center')", index
            )
            self.page.wait_for_timeout(150)
            if element.count():
                return
        element.wait_for(timeout=seconds * 1000)

    def pixels(self, selector):
        """What a picture shows, as a string that is another one when it shows something else.

        The address of a picture would not do: it also changes when the page draws the same picture again.
        """
        self.find(selector)
        return self.page.wait_for_function(PIXELS, arg=[selector, ""]).json_value()

    def picture_changes(self, selector, before, *, seconds):
        """Waits until a picture shows something else than `before`, and returns what."""
        return self.page.wait_for_function(PIXELS, arg=[selector, before], timeout=seconds * 1000).json_value()

    def says(self, selector, pattern, *, seconds):
        """Waits until the text of an element matches a pattern."""
        self.page.wait_for_function(
            "([selector, pattern]) => new RegExp(pattern).test(document.querySelector(selector)?.textContent)",
            arg=[selector, pattern],
            timeout=seconds * 1000,
        )
