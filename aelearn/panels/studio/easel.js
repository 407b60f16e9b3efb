// The picture, with the photo under a divider that can be drawn across it, and the file to take home once it is saved.
function render({ model, el }) {
  el.classList.add("ae-easel");
  const frame = document.createElement("div");
  const [after, before] = ["ae-picture", "ae-before"].map((name) => {
    const image = document.createElement("img");
    image.className = name;
    image.draggable = false;
    frame.append(image);
    return image;
  });
  const line = document.createElement("div");
  line.className = "ae-line";
  frame.className = "ae-frame";
  frame.append(line);
  const label = document.createElement("label");
  const slider = document.createElement("input");
  Object.assign(slider, { type: "range", min: 0, max: 100, step: 1, value: 100 * model.get("divider") });
  slider.className = "ae-divider";
  label.append("before", slider);
  const file = document.createElement("div");
  file.className = "ae-file";
  el.append(frame, label, file);
  const urls = {};

  function load(image, name) {
    const bytes = model.get(name);
    if (!bytes || !bytes.byteLength) return;
    const url = URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" }));
    const old = urls[name];
    urls[name] = url;
    image.src = url;
    if (old) image.addEventListener("load", () => URL.revokeObjectURL(old), { once: true });
  }

  function words() {
    after.alt = model.get("after_words");
    before.alt = slider.value > 0 ? model.get("before_words") : "";
  }

  function divide() {
    before.style.clipPath = `inset(0 ${100 - slider.value}% 0 0)`;
    line.style.left = `${slider.value}%`;
    line.hidden = !(slider.value > 0 && slider.value < 100);
    slider.setAttribute("aria-valuetext", `photo on the left ${slider.value} percent`);
    words();
  }

  function move(value) {
    slider.value = value;
    model.set("divider", slider.value / 100);
    model.save_changes();
    divide();
  }

  function follow(event) {
    const box = frame.getBoundingClientRect();
    move(Math.round(100 * Math.min(1, Math.max(0, (event.clientX - box.left) / box.width))));
  }

  const handlers = {
    "change:after": () => load(after, "after"),
    "change:before": () => load(before, "before"),
    "change:after_words": words,
    "change:before_words": words,
    "change:divider": () => { slider.value = 100 * model.get("divider"); divide(); },
    "msg:custom": (message, buffers) => {
      if (message.kind !== "file") return;
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([buffers[0]], { type: "image/png" }));
      link.download = message.name;
      link.textContent = `take ${message.name} home`;
      if (file.firstChild) URL.revokeObjectURL(file.firstChild.href);
      file.replaceChildren(link);
    },
  };
  slider.addEventListener("input", () => move(slider.value));
  frame.addEventListener("pointerdown", (event) => { frame.setPointerCapture(event.pointerId); follow(event); });
  frame.addEventListener("pointermove", (event) => {
    if (frame.hasPointerCapture(event.pointerId)) follow(event);
  });
  for (const [event, handler] of Object.entries(handlers)) model.on(event, handler);
  load(after, "after");
  load(before, "before");
  divide();
  return () => {
    for (const [event, handler] of Object.entries(handlers)) model.off(event, handler);
    Object.values(urls).forEach((url) => URL.revokeObjectURL(url));
  };
}

export default { render };
