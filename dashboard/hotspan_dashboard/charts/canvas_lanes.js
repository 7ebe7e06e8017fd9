// Draws lanes on a canvas. Names only ever become textContent or fillText: nothing in the data is rendered as markup.

const AXIS_PX = 26;
const LABEL_PX = 76;
const VIEWS = new WeakMap(); // what a reader has zoomed to stays when new data come

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".lanes");
  const canvas = root.querySelector("canvas");
  const lanes = unpack(data);
  const view = kept(root, lanes);
  const say = (index) => { root.querySelector(".told").textContent = index < 0 ? "" : told(lanes, index).join(", "); };
  const draw = () => paint(canvas, lanes, view);
  const pick = (index) => {
    if (index < 0) return;
    setTriggerValue("picked", { client: clientOf(lanes, index), arrival_ns: arrivalNs(lanes, index) });
  };
  canvas.setAttribute("aria-label", `${lanes.alt} Use the arrow keys to walk from request to request.`);
  legend(root.querySelector(".legend"), lanes);

  const listeners = new AbortController();
  const on = (type, act, more = {}) => canvas.addEventListener(type, act, { signal: listeners.signal, ...more });
  on("wheel", (event) => {
    event.preventDefault();
    if (event.shiftKey) scroll(canvas, lanes, view, Math.sign(event.deltaY || event.deltaX) * 3);
    else zoom(canvas, lanes, view, event.deltaY > 0 ? 1.25 : 0.8, event.offsetX);
    draw();
  }, { passive: false });
  let grip = null;
  on("pointerdown", (event) => { grip = { x: event.offsetX, y: event.offsetY, moved: false }; canvas.setPointerCapture(event.pointerId); });
  on("pointermove", (event) => {
    if (grip && (grip.moved || Math.hypot(event.offsetX - grip.x, event.offsetY - grip.y) > 4)) {
      move(canvas, lanes, view, (grip.x - event.offsetX) / (canvas.clientWidth - LABEL_PX));
      scroll(canvas, lanes, view, (grip.y - event.offsetY) / rowPx(canvas, lanes));
      grip = { x: event.offsetX, y: event.offsetY, moved: true };
      draw();
    }
    tip(root, canvas, lanes, event, grip?.moved ? -1 : at(canvas, lanes, view, event.offsetX, event.offsetY));
  });
  on("pointerup", (event) => {
    if (grip && !grip.moved) {
      view.chosen = at(canvas, lanes, view, event.offsetX, event.offsetY);
      say(view.chosen); draw(); pick(view.chosen);
    }
    grip = null;
  });
  on("pointerleave", () => { root.querySelector(".tip").hidden = true; });
  on("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = {
      w: () => zoom(canvas, lanes, view, 0.8), s: () => zoom(canvas, lanes, view, 1.25),
      a: () => move(canvas, lanes, view, -0.15), d: () => move(canvas, lanes, view, 0.15),
      "0": () => Object.assign(view, whole(lanes)),
      ArrowRight: () => walk(canvas, lanes, view, 1), ArrowLeft: () => walk(canvas, lanes, view, -1),
      ArrowDown: () => walkRow(canvas, lanes, view, 1), ArrowUp: () => walkRow(canvas, lanes, view, -1),
      Enter: () => pick(view.chosen),
    }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault(); event.stopPropagation();
    act(); say(view.chosen); draw();
  });
  const resized = new ResizeObserver(draw);
  resized.observe(canvas);
  draw();
  return () => { listeners.abort(); resized.disconnect(); };
}

function unpack(data) {
  const bytes = data instanceof Uint8Array ? data.slice() : new Uint8Array(data);
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const lanes = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  let offset = 8 + padded(length);
  const column = (Kind) => {
    const values = new Kind(bytes.buffer, offset, lanes.count);
    offset += padded(values.byteLength);
    return values;
  };
  return { ...lanes, starts: column(Uint32Array), durations: column(Float32Array), inRow: column(Uint32Array),
    endpoint: column(Uint16Array), status: column(Uint16Array), kind: column(Uint8Array) };
}
const padded = (length) => Math.ceil(length / 8) * 8;

function kept(root, lanes) {
  const old = VIEWS.get(root);
  const same = old && old.origin === lanes.origin_ns;
  const view = same ? old : { ...whole(lanes), origin: lanes.origin_ns };
  if (view.chosen >= lanes.count) view.chosen = -1;
  VIEWS.set(root, view);
  return view;
}
const whole = (lanes) => ({ from: lanes.from_ms, to: lanes.length_ms, top: 0, chosen: -1 });

const startMs = (lanes, index) => lanes.starts[index] * lanes.step_ns / 1e6;
const arrivalNs = (lanes, index) => String(BigInt(lanes.origin_ns) + BigInt(Math.round(lanes.starts[index] * lanes.step_ns)));
const isDuplicate = (lanes, index) => lanes.kind[index] >= lanes.duplicate;
const outcome = (lanes, index) => lanes.outcomes[lanes.kind[index] % lanes.duplicate];
const rowPx = (canvas, lanes) => Math.max(3, Math.min(22, (canvas.clientHeight - AXIS_PX) / lanes.rows));
const rowsSeen = (canvas, lanes) => (canvas.clientHeight - AXIS_PX) / rowPx(canvas, lanes);

function clientOf(lanes, index) {
  let low = 0, high = lanes.clients.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (lanes.clients[middle][1] <= lanes.inRow[index]) low = middle; else high = middle - 1;
  }
  return lanes.clients[low][0];
}

function told(lanes, index) {
  const status = lanes.status[index] ? `status ${lanes.status[index]}` : "no status";
  return [lanes.endpoints[lanes.endpoint[index]],
    `${outcome(lanes, index)[0]}, ${status}${isDuplicate(lanes, index) ? ", duplicate" : ""}`,
    `client ${clientOf(lanes, index)}`,
    `${clock(lanes, startMs(lanes, index), 3)} ${lanes.zone}, ${duration(lanes.durations[index])}`];
}
function clock(lanes, ms, decimals) {
  const text = new Date(Number(BigInt(lanes.origin_ns) / 1000000n) + lanes.zone_ms + ms).toISOString().slice(11, 23);
  return decimals ? text.slice(0, 9 + decimals) : text.slice(0, 8);
}
function duration(ms) {
  if (ms >= 120000) return `${(ms / 60000).toPrecision(3)} min`;
  return ms >= 1000 ? `${(ms / 1000).toPrecision(3)} s` : `${ms.toPrecision(3)} ms`;
}

function zoom(canvas, lanes, view, factor, x) {
  const width = canvas.clientWidth - LABEL_PX;
  const share = x === undefined ? 0.5 : Math.min(1, Math.max(0, (x - LABEL_PX) / width));
  const length = Math.min(lanes.length_ms, Math.max(1, (view.to - view.from) * factor));
  const middle = view.from + share * (view.to - view.from);
  view.from = Math.max(0, Math.min(lanes.length_ms - length, middle - share * length));
  view.to = view.from + length;
}
function move(canvas, lanes, view, share) {
  const length = view.to - view.from;
  view.from = Math.max(0, Math.min(lanes.length_ms - length, view.from + share * length));
  view.to = view.from + length;
}
function scroll(canvas, lanes, view, rows) {
  view.top = Math.max(0, Math.min(Math.max(0, lanes.rows - rowsSeen(canvas, lanes)), view.top + rows));
}
function show(canvas, lanes, view) {
  const index = view.chosen, start = startMs(lanes, index), length = view.to - view.from;
  if (start + lanes.durations[index] < view.from || start > view.to) {
    view.from = Math.max(0, Math.min(lanes.length_ms - length, start - length / 4));
    view.to = view.from + length;
  }
  const row = lanes.inRow[index];
  if (row < view.top || row >= view.top + rowsSeen(canvas, lanes)) { view.top = row; scroll(canvas, lanes, view, 0); }
}
function walk(canvas, lanes, view, step) {
  if (!lanes.count) return;
  view.chosen = Math.max(0, Math.min(lanes.count - 1, view.chosen < 0 ? 0 : view.chosen + step));
  show(canvas, lanes, view);
}
function walkRow(canvas, lanes, view, step) {
  if (view.chosen < 0) return walk(canvas, lanes, view, step);
  const row = lanes.inRow[view.chosen] + step, start = lanes.starts[view.chosen];
  let best = -1;
  for (let index = 0; index < lanes.count; index++) {
    if (lanes.inRow[index] === row && (best < 0 || Math.abs(lanes.starts[index] - start) < Math.abs(lanes.starts[best] - start))) best = index;
  }
  if (best >= 0) { view.chosen = best; show(canvas, lanes, view); }
}
function at(canvas, lanes, view, x, y) {
  const px = rowPx(canvas, lanes), row = Math.floor(view.top + y / px);
  if (x < LABEL_PX || y > canvas.clientHeight - AXIS_PX) return -1;
  const perPx = (view.to - view.from) / (canvas.clientWidth - LABEL_PX), ms = view.from + (x - LABEL_PX) * perPx;
  for (let index = lanes.count - 1; index >= 0; index--) {
    if (lanes.inRow[index] !== row) continue;
    const start = startMs(lanes, index);
    if (ms >= start - 2 * perPx && ms <= start + lanes.durations[index] + 2 * perPx) return index;
  }
  return -1;
}

function paint(canvas, lanes, view) {
  const began = performance.now(), width = canvas.clientWidth, height = canvas.clientHeight, ratio = devicePixelRatio || 1;
  if (!width) return;
  canvas.width = width * ratio; canvas.height = height * ratio;
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  pen.font = "11px system-ui, sans-serif";
  const ink = getComputedStyle(canvas).color;
  axis(pen, canvas, lanes, view, ink);
  const px = rowPx(canvas, lanes), perMs = (width - LABEL_PX) / (view.to - view.from), floor = height - AXIS_PX;
  pen.save();
  pen.beginPath(); pen.rect(LABEL_PX, 0, width - LABEL_PX, floor); pen.clip();
  const hatch = hatched(pen), until = new Float32Array(lanes.rows).fill(-1);
  let bars = 0;
  for (let index = 0; index < lanes.count; index++) {
    const y = (lanes.inRow[index] - view.top) * px;
    if (y < -px || y > floor) continue;
    const x = LABEL_PX + (startMs(lanes, index) - view.from) * perMs, long = Math.max(1, lanes.durations[index] * perMs);
    if (x > width || x + long < LABEL_PX) continue;
    if (x + long <= until[lanes.inRow[index]]) continue; // this pixel of the row is painted
    until[lanes.inRow[index]] = Math.floor(x + long);
    pen.fillStyle = outcome(lanes, index)[1];
    pen.fillRect(x, y + px * 0.12, long, px * 0.76);
    if (isDuplicate(lanes, index) && long > 3) { pen.fillStyle = hatch; pen.fillRect(x, y + px * 0.12, long, px * 0.76); }
    bars++;
  }
  if (view.chosen >= 0) ring(pen, lanes, view, px, perMs, ink);
  pen.restore();
  canvas.dataset.bars = bars;
  canvas.dataset.paintMs = (performance.now() - began).toFixed(1);
}
function ring(pen, lanes, view, px, perMs, ink) {
  const x = LABEL_PX + (startMs(lanes, view.chosen) - view.from) * perMs, long = Math.max(3, lanes.durations[view.chosen] * perMs);
  pen.strokeStyle = ink; pen.lineWidth = 2;
  pen.strokeRect(x - 1, (lanes.inRow[view.chosen] - view.top) * px, long + 2, Math.max(px, 4));
}
function hatched(pen) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6;
  const brush = tile.getContext("2d");
  brush.strokeStyle = "rgba(255,255,255,0.75)"; brush.lineWidth = 1.6;
  for (const shift of [-6, 0, 6]) { brush.beginPath(); brush.moveTo(shift, 6); brush.lineTo(shift + 6, 0); brush.stroke(); }
  return pen.createPattern(tile, "repeat");
}
function axis(pen, canvas, lanes, view, ink) {
  const floor = canvas.clientHeight - AXIS_PX, width = canvas.clientWidth - LABEL_PX, px = rowPx(canvas, lanes);
  const length = view.to - view.from, origin = Number(BigInt(lanes.origin_ns) / 1000000n) + lanes.zone_ms;
  const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5, 72e5, 216e5, 432e5, 864e5];
  const step = steps.find((each) => length / each <= width / 90) || 7 * 864e5;
  pen.fillStyle = ink; pen.strokeStyle = "rgba(128,128,128,0.3)"; pen.textAlign = "center"; pen.textBaseline = "top";
  for (let ms = Math.ceil((view.from + origin) / step) * step - origin; ms <= view.to; ms += step) {
    const x = LABEL_PX + (ms - view.from) / length * width;
    pen.beginPath(); pen.moveTo(x, 0); pen.lineTo(x, floor); pen.stroke();
    pen.fillText(clock(lanes, ms, step < 1000 ? 3 : 0), Math.min(x, canvas.clientWidth - 30), floor + 6);
  }
  pen.textAlign = "left"; pen.textBaseline = "top";
  pen.fillText(lanes.zone, 2, floor + 6);
  let free = -1;
  for (const [client, row] of lanes.clients) {
    const y = (row - view.top) * px;
    if (y < free || y > floor - 8) continue;
    if (y >= -2) { pen.fillText(client.slice(0, 8), 2, y + 1); free = y + 13; }
  }
}
function legend(list, lanes) {
  const seen = new Set(lanes.kind.map((kind) => kind % lanes.duplicate));
  const names = lanes.outcomes.filter((_, place) => seen.has(place)).concat([["duplicate: hatched",
    "repeating-linear-gradient(135deg, #7B7B7B 0 3px, transparent 3px 5px)"]]);
  list.replaceChildren(...names.map(([name, colour]) => {
    const item = document.createElement("li");
    item.textContent = name; item.style.setProperty("--mark", colour);
    return item;
  }));
}
function tip(root, canvas, lanes, event, index) {
  const box = root.querySelector(".tip");
  box.hidden = index < 0;
  if (index < 0) return;
  box.textContent = told(lanes, index).join("\n");
  box.style.left = `${Math.min(event.offsetX + 14, canvas.clientWidth - box.offsetWidth)}px`;
  box.style.top = `${canvas.offsetTop + event.offsetY + 14}px`;
}
