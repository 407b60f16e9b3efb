// A file input and a place to drop a file. The file goes to the kernel in parts, each well below what a server takes
// as one message, and not at all where it is too large.
const PART = 1 << 20;

function render({ model, el }) {
  const label = document.createElement("label");
  const input = document.createElement("input");
  const said = document.createElement("div");
  label.append(model.get("label"), input);
  Object.assign(input, { type: "file", accept: model.get("accept") });
  said.className = "ae-said";
  said.setAttribute("role", "status");
  el.classList.add("ae-upload");
  el.append(label, said);

  const show = () => { said.textContent = model.get("message"); };
  const say = (text) => { model.set("message", text); model.save_changes(); show(); };

  async function send(file) {
    if (!file) return;
    const most = model.get("most_bytes");
    if (file.size > most) {
      const megabytes = (bytes) => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
      return say(`${file.name}: ${megabytes(file.size)} MB, and at most ${megabytes(most)} MB are taken; export it smaller`);
    }
    let bytes;
    try {
      bytes = await file.arrayBuffer();
    } catch (error) {
      return say(`${file.name}: cannot be read; choose it again`);
    }
    const id = `${Date.now()}-${Math.random()}`;
    said.textContent = `${file.name}: sending`;
    for (let at = 0; at < Math.max(bytes.byteLength, 1); at += PART) {
      const part = { kind: "part", id, at, size: bytes.byteLength, name: file.name };
      model.send(part, undefined, [bytes.slice(at, at + PART)]);
    }
  }

  input.addEventListener("change", async () => { await send(input.files[0]); input.value = ""; });
  el.addEventListener("dragover", (event) => { event.preventDefault(); el.classList.add("ae-over"); });
  el.addEventListener("dragleave", () => el.classList.remove("ae-over"));
  el.addEventListener("drop", (event) => {
    event.preventDefault();
    el.classList.remove("ae-over");
    send(event.dataTransfer.files[0]);
  });
  model.on("change:message", show);
  show();
  return () => model.off("change:message", show);
}

export default { render };
