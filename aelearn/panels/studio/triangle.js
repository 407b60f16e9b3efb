// A point in a triangle: its barycentric coordinates are the weights of three styles.
const SVG = "http://www.w3.org/2000/svg";
const CORNERS = [[110, 24], [24, 172], [196, 172]];
const LABELS = [[110, 12, "middle"], [2, 192, "start"], [218, 192, "end"]];
const STEP = 0.05;

function make(name, attributes, parent) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  parent.append(node);
  return node;
}

function toWeights([x, y]) {
  const [[ax, ay], [bx, by], [cx, cy]] = CORNERS;
  const area = (by - cy) * (ax - cx) + (cx - bx) * (ay - cy);
  const a = ((by - cy) * (x - cx) + (cx - bx) * (y - cy)) / area;
  const b = ((cy - ay) * (x - cx) + (ax - cx) * (y - cy)) / area;
  return inside([a, b, 1 - a - b]);
}

function inside(weights) {  // the nearest mixture: nothing below zero, one in all
  const clipped = weights.map((each) => Math.max(0, each));
  const sum = clipped.reduce((one, other) => one + other);
  return clipped.map((each) => each / sum);
}

function render({ model, el }) {
  el.classList.add("ae-triangle");
  const svg = make("svg", { viewBox: "0 0 220 200", tabindex: 0, role: "group" }, el);
  make("polygon", { points: CORNERS.map(String).join(" "), class: "ae-field" }, svg);
  const letters = LABELS.map(([x, y, anchor]) => make("text", { x, y, "text-anchor": anchor }, svg));
  const point = make("circle", { r: 9, class: "ae-point" }, svg);

  function draw() {
    const weights = model.get("weights");
    const at = [0, 1].map((axis) => weights.reduce((sum, weight, i) => sum + weight * CORNERS[i][axis], 0));
    point.setAttribute("cx", at[0]);
    point.setAttribute("cy", at[1]);
    const percent = weights.map((weight) => `${Math.round(100 * weight)} %`);
    letters.forEach((letter, i) => { letter.textContent = `${"ABC"[i]} ${percent[i]}`; });
    svg.setAttribute("aria-label", `mixture of three styles: A ${percent[0]}, B ${percent[1]}, C ${percent[2]}; `
      + "arrow keys move the point, keys A, B and C go to a corner, M to the middle");
  }

  function set(weights) {
    model.set("weights", weights);
    model.save_changes();
    draw();
  }

  function follow(event) {
    const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    set(toWeights([place.x, place.y]));
  }

  svg.addEventListener("pointerdown", (event) => {
    svg.setPointerCapture(event.pointerId);
    svg.focus({ preventScroll: true });
    event.preventDefault();
    follow(event);
  });
  svg.addEventListener("pointermove", (event) => {
    if (svg.hasPointerCapture(event.pointerId)) follow(event);
  });
  svg.addEventListener("keydown", (event) => {
    const [a, b, c] = model.get("weights");
    const moved = {
      ArrowUp: [a + STEP, b - STEP / 2, c - STEP / 2],
      ArrowDown: [a - STEP, b + STEP / 2, c + STEP / 2],
      ArrowLeft: [a, b + STEP, c - STEP],
      ArrowRight: [a, b - STEP, c + STEP],
      a: [1, 0, 0], b: [0, 1, 0], c: [0, 0, 1], m: [1, 1, 1],
    }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!moved || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();  // no shortcut of the page
    set(inside(moved));
  });
  model.on("change:weights", draw);
  draw();
  return () => model.off("change:weights", draw);
}

export default { render };
