// The bands of a subnet: draws what is declared, says what is under the pointer, and is walked by keyboard.
//
// A bar is known by its number, from left to right and row by row; which band it belongs to and which cells it
// covers comes with it. Its name is text of the page laid over the figure, and never part of the figure.
//
// Listens:  ipviz:figures  {bands}         what is to be drawn (figures.js)
//           ipviz:outline  {cells, bands}  what somebody points at, here or in a table (links.js)
//           ipviz:at       {cell}          what somebody points at on the map (map.js)
// Tells:    ipviz:outline  {cells, bands}  what of it belongs together
//           ipviz:tell, ipviz:hush         what is to be said of it (telling.js)
//           ipviz:open     {address, cell} somebody wants to know who holds it (map.js, panel.js)

const bands = document.querySelector("[data-declared]");
const drawing = bands.querySelector("[data-declared-drawing]");
const names = bands.querySelector("[data-declared-names]");
const part = bands.querySelector("[data-declared-of]");
const maps = bands.closest("[data-maps]");
const NEAR = 4; // pixels beside a bar that still count as on it
const LEAST_NAME = 30;
const OUTLINE = { type: "rect", name: "outline", layer: "above", line: { width: 2 }, fillcolor: "transparent" };

let figure;
let bars = [];
let at = null;
let outlined = [];
let wanted = [];
let frame = null;

function tell(name, detail = {}) {
  bands.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
}

// Where a bar lies, in pixels of the drawing.
function boxOf({ x, y }) {
  const { xaxis, yaxis } = drawing._fullLayout;
  const [left, right] = x.map((each) => xaxis._offset + xaxis.l2p(each));
  const [top, bottom] = y.map((each) => yaxis._offset + yaxis.l2p(each));
  return { left, right, top, bottom };
}

function shapes() {
  const line = { ...OUTLINE.line, color: "var(--cursor)" };
  const rects = outlined.map(({ x, y }) => ({ ...OUTLINE, line, x0: x[0], x1: x[1], y0: y[0], y1: y[1] }));
  return inColours([...figure.layout.shapes, ...rects]);
}

async function draw() {
  if (!figure) return;
  const layout = { ...inColours(figure.layout), shapes: shapes() };
  await Plotly.react(drawing, inColours(figure.data), layout, figure.config);
  if (bands.dataset.drawn) return;
  bands.dataset.drawn = "true";
  drawing.on("plotly_afterplot", writeNames);
  writeNames();
}

// Where there is room: cut off where there is little, and left out where there is none.
function writeNames() {
  names.replaceChildren(...bars.flatMap((bar) => {
    const { left, right, top, bottom } = boxOf(bar);
    if (!bar.name || right - left < LEAST_NAME || bottom - top < 12) return [];
    const name = document.createElement("span");
    name.textContent = bar.name;
    name.className = bar.kind;
    Object.assign(name.style, { left: `${left}px`, top: `${top}px`, width: `${right - left}px`, height: `${bottom - top}px` });
    return [name];
  }));
}

// Once a frame: whoever walks over the cells leaves one before the next is entered.
function outline(found) {
  wanted = found;
  frame ??= requestAnimationFrame(() => {
    frame = null;
    if (!figure || (wanted.length === outlined.length && wanted.every((bar, n) => bar === outlined[n]))) return;
    outlined = wanted;
    Plotly.relayout(drawing, { shapes: shapes() });
  });
}

const belonging = (ids) => bars.filter((bar) => bar.bands.some((id) => ids.includes(id)));

function pointAt(number) {
  at = number;
  const bar = bars[number];
  const { left, right, top } = boxOf(bar);
  const here = drawing.getBoundingClientRect();
  tell("ipviz:outline", {
    bands: bar.bands,
    cells: belonging(bar.bands).flatMap(({ cells }) => (cells ? [cells] : [])),
  });
  tell("ipviz:tell", { label: bar.label, note: bar.note, box: { left: here.left + left, right: here.left + right, top: here.top + top } });
}

function leave() {
  at = null;
  tell("ipviz:outline", { bands: [], cells: [] });
  tell("ipviz:hush");
}

// The bar under the pointer, or the nearest of those that nearly are: the smallest are a few pixels wide.
function barUnder({ clientX, clientY }) {
  const here = drawing.getBoundingClientRect();
  const [x, y] = [clientX - here.left, clientY - here.top];
  let best = { number: null, away: NEAR + 1 };
  bars.forEach((bar, number) => {
    const { left, right, top, bottom } = boxOf(bar);
    const away = Math.max(left - x, x - right, 0) + Math.max(top - y, y - bottom, 0);
    if (away < best.away) best = { number, away };
  });
  return best.number;
}

function open({ opens: { address, block }, cells }) {
  if (block) location.assign(maps.dataset.blockUrl.replace("BLOCK", block.replace("/", "-")));
  else if (document.querySelector("[data-panel]")) tell("ipviz:open", { address, cell: cells[0] });
  else location.assign(maps.dataset.addressUrl.replace("ADDRESS", address));
}

const STEPS = {
  ArrowRight: () => (at === null ? 0 : at + 1),
  ArrowLeft: () => (at === null ? bars.length : at) - 1,
  Home: () => 0,
  End: () => bars.length - 1,
};

bands.addEventListener("keydown", (event) => {
  if (event.altKey || event.metaKey || event.ctrlKey || !bars.length) return;
  if (event.key === "Enter" || event.key === " ") { if (at !== null) open(bars[at]); }
  else if (event.key === "Escape") leave();
  else if (STEPS[event.key]) pointAt(Math.max(0, Math.min(bars.length - 1, STEPS[event.key]())));
  else return;
  event.preventDefault();
});
bands.addEventListener("focus", () => { if (bars.length && bands.matches(":focus-visible")) pointAt(at ?? 0); });
bands.addEventListener("blur", leave);
drawing.addEventListener("pointermove", (event) => {
  const number = barUnder(event);
  if (number === at) return;
  if (number === null) leave();
  else pointAt(number);
  drawing.classList.toggle("is-on-bar", number !== null);
});
drawing.addEventListener("pointerleave", () => { if (document.activeElement !== bands) leave(); });
drawing.addEventListener("click", (event) => {
  const number = barUnder(event);
  if (number !== null) open(bars[number]);
});

maps.addEventListener("ipviz:figures", async ({ detail }) => {
  ({ figure, bars = [] } = detail.bands);
  [at, outlined, wanted] = [null, [], []];
  bands.hidden = !bars.length;
  part.hidden = detail.bands.of === bands.dataset.name;
  part.textContent = `Drawn is ${detail.bands.of}, which holds all of it.`;
  if (bars.length) await draw();
});
maps.addEventListener("ipviz:failed", () => { bands.hidden = true; });
document.addEventListener("ipviz:outline", ({ detail }) => outline(belonging(detail.bands)));
maps.addEventListener("ipviz:at", ({ detail: { cell } }) => {
  outline(bars.filter(({ cells }) => cells && cells[0] <= cell && cell <= cells[1]));
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
document.addEventListener("ipviz:theme", draw);
