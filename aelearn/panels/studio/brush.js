// A map of regions over the photo, painted by mouse, finger, pen or keys. 0, 1 and 2 are styles A, B and C; 3 is photo.
const INKS = ["A", "B", "C", "photo"];
// Stripes one way, stripes the other way, dots: the regions can be told apart without their colours.
const PATTERNS = [
  () => null,
  (x, y) => ((x + y) % 6 < 3 ? [230, 140, 0, 190] : [230, 140, 0, 90]),
  (x, y) => ((x - y + 6000) % 6 < 3 ? [0, 90, 200, 190] : [0, 90, 200, 90]),
  (x, y) => (x % 4 < 2 && y % 4 < 2 ? [0, 0, 0, 170] : [255, 255, 255, 150]),
];

function render({ model, el }) {
  el.classList.add("ae-brush");
  const make = (tag, properties, parent) => {
    const node = Object.assign(document.createElement(tag), properties);
    parent.append(node);
    return node;
  };
  const tools = make("fieldset", {}, el);
  make("legend", { textContent: "paint the region of" }, tools);
  const group = `ink-${Math.random()}`;
  const radios = INKS.map((ink, number) => {
    const label = make("label", {}, tools);
    const radio = make("input", { type: "radio", name: group, value: number, checked: number === 1 }, label);
    label.append(ink);
    return radio;
  });
  const sizeLabel = make("label", { className: "ae-brush-size" }, el);
  sizeLabel.append("brush");
  const size = make("input", { type: "range", min: 1, max: 40, value: 10 }, sizeLabel);
  const fill = make("button", { type: "button", textContent: "fill all", className: "jupyter-button" }, el);
  const stage = make("div", { className: "ae-stage" }, el);
  const photo = make("img", { alt: "", draggable: false }, stage);
  const canvas = make("canvas", { tabIndex: 0 }, stage);
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", "map of the regions; arrow keys move the brush, space paints");
  const context = canvas.getContext("2d");
  let labels, rows, columns, cursor, url, last = null;

  const ink = () => Number(radios.find((radio) => radio.checked).value);

  function read() {
    const view = model.get("labels");
    [rows, columns] = [model.get("rows"), model.get("columns")];
    if (!view || !view.byteLength || view.byteLength !== rows * columns) return;
    if (last) return;  // in the middle of a stroke: what comes from the kernel is older
    labels = new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
    if (canvas.width !== columns || canvas.height !== rows) {
      [canvas.width, canvas.height] = [columns, rows];
      cursor = [columns >> 1, rows >> 1];
    }
    draw();
  }

  function draw() {
    const image = context.createImageData(columns, rows);
    for (let y = 0, at = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++, at++) {
        const edge = (x + 1 < columns && labels[at] !== labels[at + 1])
          || (y + 1 < rows && labels[at] !== labels[at + columns]);
        const color = edge ? [0, 0, 0, 255] : (PATTERNS[labels[at]] || PATTERNS[3])(x, y);
        if (color) image.data.set(color, 4 * at);
      }
    }
    context.putImageData(image, 0, 0);
    if (document.activeElement === canvas) {
      for (const [color, width] of [["white", 3], ["black", 1]]) {
        context.strokeStyle = color;
        context.lineWidth = width;
        context.beginPath();
        context.arc(cursor[0], cursor[1], Math.max(2, Number(size.value)), 0, 2 * Math.PI);
        context.stroke();
      }
    }
  }

  function dab(x, y) {
    const radius = Number(size.value), number = ink();
    for (let row = Math.max(0, Math.ceil(y - radius)); row <= Math.min(rows - 1, y + radius); row++) {
      for (let column = Math.max(0, Math.ceil(x - radius)); column <= Math.min(columns - 1, x + radius); column++) {
        if ((row - y) ** 2 + (column - x) ** 2 <= radius ** 2) labels[row * columns + column] = number;
      }
    }
  }

  function commit() {
    model.set("labels", new DataView(labels.slice().buffer));
    model.set("strokes", model.get("strokes") + 1);
    model.save_changes();
    draw();
  }

  function place(event) {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * columns / box.width, (event.clientY - box.top) * rows / box.height];
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (!labels) return;
    canvas.setPointerCapture(event.pointerId);
    cursor = last = place(event);
    dab(...last);
    draw();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    const next = place(event);
    const length = Math.hypot(next[0] - last[0], next[1] - last[1]);
    for (let step = 0; step <= length; step++) {
      const part = length ? step / length : 0;
      dab(last[0] + part * (next[0] - last[0]), last[1] + part * (next[1] - last[1]));
    }
    cursor = last = next;
    draw();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => { if (last) { last = null; commit(); } });
  }
  canvas.addEventListener("keydown", (event) => {
    const step = Math.max(1, Math.round(size.value / 2));
    const move = { ArrowUp: [0, -step], ArrowDown: [0, step], ArrowLeft: [-step, 0], ArrowRight: [step, 0] }[event.key];
    if (!labels || (!move && event.key !== " ")) return;
    event.preventDefault();
    event.stopPropagation();
    if (move) {
      cursor = [Math.min(columns - 1, Math.max(0, cursor[0] + move[0])), Math.min(rows - 1, Math.max(0, cursor[1] + move[1]))];
      draw();
    } else {
      dab(...cursor);
      commit();
    }
  });
  canvas.addEventListener("focus", () => labels && draw());
  canvas.addEventListener("blur", () => labels && draw());
  size.addEventListener("input", () => labels && draw());
  fill.addEventListener("click", () => { if (labels) { labels.fill(ink()); commit(); } });

  function show() {
    const bytes = model.get("photo");
    if (!bytes || !bytes.byteLength) return;
    if (url) URL.revokeObjectURL(url);
    url = URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" }));
    photo.src = url;
  }

  model.on("change:labels", read);
  model.on("change:rows", read);
  model.on("change:columns", read);
  model.on("change:photo", show);
  show();
  read();
  return () => {
    for (const name of ["labels", "rows", "columns"]) model.off(`change:${name}`, read);
    model.off("change:photo", show);
    if (url) URL.revokeObjectURL(url);
  };
}

export default { render };
