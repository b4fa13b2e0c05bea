// The map of a subnet: draws the figure that the page carries, and says what is under the pointer.
//
// It knows cells by number, row by row, and nothing of states: what to say of a cell stands in the notes.
// Names from Kubernetes reach the page only through textContent.
//
// Listens:  ipviz:point  {cell}            from the keyboard (cursor.js)
// Tells:    ipviz:at     {cell, sentence}  what the pointer or the keyboard is at
//           ipviz:open   {address}         somebody wants to know who holds it (panel.js)

const map = document.querySelector("[data-map]");
const drawing = map.querySelector("[data-map-drawing]");
const tooltip = map.querySelector("[data-map-tooltip]");
const { figure, grid, notes, alarms } = JSON.parse(document.getElementById("map-data").textContent);

const CURSOR = { type: "rect", name: "cursor", layer: "above", line: { width: 2.5 }, fillcolor: "transparent" };

function addressOf(number) {
  return [24, 16, 8, 0].map((bits) => Math.floor(number / 2 ** bits) % 256).join(".");
}

function labelOf(cell) {
  const address = addressOf(grid.first + cell * 2 ** grid.cell_bits);
  return grid.cell_bits ? `${address}/${32 - grid.cell_bits}` : address;
}

const FREE = { state: "free", who: [], why: [] };

// The note of a cell: they are sorted, do not overlap, and leave out what is plain free.
function noteOf(cell) {
  let low = 0;
  let high = notes.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [first, last, note] = notes[middle];
    if (cell < first) high = middle - 1;
    else if (cell > last) low = middle + 1;
    else return note;
  }
  return FREE;
}

// Colours are written once, in the style sheet; Plotly wants them spelled out.
function resolved(value, styles) {
  if (typeof value === "string" && value.startsWith("var(")) return styles.getPropertyValue(value.slice(4, -1)).trim();
  if (Array.isArray(value)) return value.map((each) => resolved(each, styles));
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, resolved(each, styles)]));
  }
  return value;
}

let cursor = null;

function shapes() {
  const styles = getComputedStyle(map);
  const shown = resolved(figure.layout.shapes, styles);
  if (cursor === null) return shown;
  const x = cursor % grid.columns;
  const y = Math.floor(cursor / grid.columns);
  const line = { ...CURSOR.line, color: styles.getPropertyValue("--cursor").trim() };
  return [...shown, { ...CURSOR, line, x0: x - 0.5, x1: x + 0.5, y0: y - 0.5, y1: y + 0.5 }];
}

function draw() {
  const styles = getComputedStyle(map);
  const layout = { ...resolved(figure.layout, styles), shapes: shapes() };
  return Plotly.react(drawing, resolved(figure.data, styles), layout, figure.config);
}

function showTooltip(cell) {
  const { state, who, why } = noteOf(cell);
  const lines = [
    ["strong", labelOf(cell)],
    ["em", state],
    ...why.map((line) => ["span", line, "why"]),
    ...who.map((line) => ["span", line]),
  ];
  tooltip.replaceChildren(...lines.map(([tag, text, name = ""]) => {
    const line = document.createElement(tag);
    line.className = name;
    line.textContent = text;
    return line;
  }));
  tooltip.hidden = false;
  placeTooltip(cell);
}

// Beside the cell, on the side where there is room, and never outside of the map.
function placeTooltip(cell) {
  const { xaxis, yaxis } = drawing._fullLayout;
  const left = xaxis._offset + xaxis.l2p((cell % grid.columns) + 0.5) - drawing.parentElement.scrollLeft;
  const top = yaxis._offset + yaxis.l2p(Math.floor(cell / grid.columns) + 0.5);
  const cellWidth = xaxis.l2p(1) - xaxis.l2p(0);
  const fitsRight = left + 8 + tooltip.offsetWidth <= map.clientWidth;
  const beside = fitsRight ? left + 8 : left - cellWidth - 8 - tooltip.offsetWidth;
  const below = Math.min(top, map.clientHeight - tooltip.offsetHeight);
  tooltip.style.left = `${Math.max(0, Math.min(beside, map.clientWidth - tooltip.offsetWidth))}px`;
  tooltip.style.top = `${Math.max(0, below)}px`;
}

function tell(name, detail) {
  map.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
}

function pointAt(cell) {
  const { state, who, why } = noteOf(cell);
  showTooltip(cell);
  tell("ipviz:at", { cell, sentence: [labelOf(cell), state, ...why, ...who].join(", ") });
}

function open(cell) {
  if (grid.cell_bits) {
    location.assign(map.dataset.blockUrl.replace("BLOCK", labelOf(cell).replace("/", "-")));
  } else {
    tell("ipviz:open", { address: labelOf(cell) });
  }
}

function moveCursor(cell) {
  cursor = cell;
  return Plotly.relayout(drawing, { shapes: shapes() });
}

const cellOf = (event) => event.points[0].y * grid.columns + event.points[0].x;

// Where the map is wider than the window, what matters most is scrolled into sight.
function scrollTo(cell) {
  const scroller = drawing.parentElement;
  const { xaxis } = drawing._fullLayout;
  scroller.scrollLeft = xaxis._offset + xaxis.l2p(cell % grid.columns) - scroller.clientWidth / 2;
}

await draw();
if (map.dataset.chosen) moveCursor(Number(map.dataset.chosen));
const first = map.dataset.chosen ?? alarms[0];
if (first !== undefined) scrollTo(Number(first));
map.dataset.drawn = "true";

drawing.on("plotly_hover", (event) => pointAt(cellOf(event)));
drawing.on("plotly_unhover", () => { tooltip.hidden = true; });
drawing.on("plotly_click", (event) => {
  moveCursor(cellOf(event));
  open(cellOf(event));
});
map.addEventListener("ipviz:point", async ({ detail }) => {
  await moveCursor(detail.cell);
  pointAt(detail.cell);
});
map.addEventListener("ipviz:enter", ({ detail }) => open(detail.cell));
map.addEventListener("ipviz:leave", () => { tooltip.hidden = true; });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
