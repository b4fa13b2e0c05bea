// The cells of a subnet: draws them, and says what is under the pointer.
//
// It knows cells by number, row by row, and nothing of states: what a cell's colour means comes with the
// figure, who is in it is asked for where the pointer rests.
//
// Listens:  ipviz:figures  {figure, grid, …}      what is to be drawn (figures.js)
//           ipviz:point    {cell}                 from the keyboard (cursor.js)
//           ipviz:outline  {cells}                what somebody points at elsewhere (bands.js, links.js)
//           ipviz:open     {cell}                 who holds it is shown: the cursor goes there
// Tells:    ipviz:drawn    {grid, alarms}         the cells are there, or are drawn anew
//           ipviz:at       {cell}                 what the pointer or the keyboard is at
//           ipviz:tell, ipviz:hush                what is to be said of it (telling.js)
//           ipviz:open     {address, cell}        somebody wants to know who holds it (panel.js)

const map = document.querySelector("[data-map]");
const drawing = map.querySelector("[data-map-drawing]");
const maps = map.closest("[data-maps]");

const CURSOR = { type: "rect", name: "cursor", layer: "above", line: { width: 2.5 }, fillcolor: "transparent" };
const OUTLINE = { type: "path", name: "outline", layer: "above", line: { width: 2 }, fillcolor: "transparent" };
const MOST_OUTLINES = 50;
const REST = 60;
const GOOD_FOR = 20_000; // when something was read is told in seconds

let figure, grid, looks, alarms, noted, ranks;
let notes = new Map();

const ipv4 = (number) => [24, 16, 8, 0].map((bits) => Math.floor(number / 2 ** bits) % 256).join(".");

// As the server writes it (RFC 5952): the first of the longest runs of zeros is left out.
function ipv6(number) {
  const group = (n) => ((number >> BigInt(112 - 16 * n)) & 0xffffn).toString(16);
  const text = [0, 1, 2, 3, 4, 5, 6, 7].map(group).join(":");
  const runs = [...text.matchAll(/\b0(?::0)+\b/g)];
  if (!runs.length) return text;
  const longest = runs.reduce((one, other) => (other[0].length > one[0].length ? other : one));
  const [before, after] = [text.slice(0, longest.index), text.slice(longest.index + longest[0].length)];
  return `${before.replace(/:$/, "")}::${after.replace(/^:/, "")}`;
}

function labelOf(cell) {
  const isIpv4 = typeof grid.first === "number";
  const address = isIpv4
    ? ipv4(grid.first + cell * 2 ** grid.cell_bits)
    : ipv6(BigInt(grid.first) + (BigInt(cell) << BigInt(grid.cell_bits)));
  return grid.cell_bits ? `${address}/${(isIpv4 ? 32 : 128) - grid.cell_bits}` : address;
}

const isFresh = (known) => known !== undefined && performance.now() - known.asked < GOOD_FOR;

// What is said of some cells around one: fetched now and then, as a promise that others wait for as well.
function notesAround(cell) {
  const first = cell - (cell % noted);
  if (!isFresh(notes.get(first))) {
    const url = new URL(maps.dataset.notesUrl, location.href);
    url.searchParams.set("from", first);
    const found = { list: notes.get(first)?.list ?? null, asked: performance.now() };
    found.done = fetch(url).then((reply) => (reply.ok ? reply.json() : [])).then((list) => { found.list = list; });
    notes.set(first, found);
  }
  return notes.get(first);
}

const plain = (cell) => ({ state: looks[ranks[cell]], who: [], why: [] });

// The note of a cell: they are sorted, do not overlap, and leave out what is plain free.
function noteOf(cell) {
  const list = notes.get(cell - (cell % noted))?.list ?? [];
  let low = 0;
  let high = list.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [first, last, note] = list[middle];
    if (cell < first) high = middle - 1;
    else if (cell > last) low = middle + 1;
    else return note;
  }
  return plain(cell);
}

let cursor = null;
let outlined = [];

// Around a run of cells: one box, two where its rows do not touch, or a shape with two steps.
function pathAround([first, last]) {
  const [west, east] = [-0.5, grid.columns - 0.5];
  const [left, right] = [(first % grid.columns) - 0.5, (last % grid.columns) + 0.5];
  const [top, bottom] = [first, last].map((cell, n) => Math.floor(cell / grid.columns) - 0.5 + n);
  const box = (x0, x1, y) => [[x0, y], [x1, y], [x1, y + 1], [x0, y + 1]];
  let parts;
  if (bottom - top === 1) parts = [box(left, right, top)];
  else if (bottom - top === 2 && right <= left) parts = [box(left, east, top), box(west, right, top + 1)];
  else {
    parts = [[
      ...[[left, top], [east, top], [east, bottom - 1], [right, bottom - 1]],
      ...[[right, bottom], [west, bottom], [west, top + 1], [left, top + 1]],
    ]];
  }
  return parts.map((corners) => `M${corners.map((corner) => corner.join(",")).join(" L")} Z`).join(" ");
}

function shapes() {
  const color = "var(--cursor)";
  const paths = outlined.map((run) => ({ ...OUTLINE, path: pathAround(run), line: { ...OUTLINE.line, color } }));
  if (cursor !== null) {
    const x = cursor % grid.columns;
    const y = Math.floor(cursor / grid.columns);
    const line = { ...CURSOR.line, color };
    paths.push({ ...CURSOR, line, x0: x - 0.5, x1: x + 0.5, y0: y - 0.5, y1: y + 0.5 });
  }
  return inColours([...figure.layout.shapes, ...paths]);
}

function draw() {
  const layout = { ...inColours(figure.layout), shapes: shapes() };
  return Plotly.react(drawing, inColours(figure.data), layout, figure.config);
}

function outline(cells) {
  const wanted = cells.slice(0, MOST_OUTLINES);
  if (!figure || (!wanted.length && !outlined.length)) return;
  outlined = wanted;
  Plotly.relayout(drawing, { shapes: shapes() });
}

function boxOf(cell) {
  const { xaxis, yaxis } = drawing._fullLayout;
  const here = drawing.getBoundingClientRect();
  const left = here.left + xaxis._offset + xaxis.l2p((cell % grid.columns) - 0.5);
  const top = here.top + yaxis._offset + yaxis.l2p(Math.floor(cell / grid.columns) + 0.5);
  return { left, right: left + xaxis.l2p(1) - xaxis.l2p(0), top };
}

function tell(name, detail = {}) {
  map.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
}

let at = null;
let resting;

function say(cell) {
  tell("ipviz:tell", { label: labelOf(cell), note: noteOf(cell), box: boxOf(cell) });
}

// The state is said at once; who it is, when the pointer rests.
function pointAt(cell) {
  at = cell;
  say(cell);
  tell("ipviz:at", { cell });
  clearTimeout(resting);
  const known = notes.get(cell - (cell % noted));
  if (isFresh(known) && known.list) return; // all of it was said
  resting = setTimeout(async () => {
    await notesAround(cell).done;
    if (at === cell) say(cell);
  }, REST);
}

function leave() {
  at = null;
  tell("ipviz:hush");
  tell("ipviz:outline", { cells: [], bands: [] });
}

function open(cell) {
  if (grid.cell_bits) {
    location.assign(maps.dataset.blockUrl.replace("BLOCK", labelOf(cell).replace("/", "-")));
  } else {
    tell("ipviz:open", { address: labelOf(cell), cell });
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

// As a file to paste into a ticket: on the page's ground, for the map's own is transparent.
async function save(format) {
  const { width, height } = drawing.getBoundingClientRect();
  await Plotly.relayout(drawing, { paper_bgcolor: colourNow("var(--page)") });
  await Plotly.downloadImage(drawing, { format, width, height, scale: format === "png" ? 2 : 1, filename: map.dataset.name });
  await draw();
}

async function begin() {
  await draw();
  if (map.dataset.chosen) await moveCursor(Number(map.dataset.chosen));
  const first = map.dataset.chosen ?? alarms[0];
  if (first !== undefined) scrollTo(Number(first));
  if (ranks.length <= noted) notesAround(0);
  map.dataset.drawn = "true";
  performance.mark("map-drawn");

  drawing.on("plotly_hover", (event) => pointAt(cellOf(event)));
  drawing.on("plotly_unhover", leave);
  drawing.on("plotly_click", (event) => open(cellOf(event)));
  map.addEventListener("ipviz:point", async ({ detail }) => {
    await moveCursor(detail.cell);
    pointAt(detail.cell);
  });
  map.addEventListener("ipviz:enter", ({ detail }) => open(detail.cell));
  map.addEventListener("ipviz:leave", leave);
  maps.addEventListener("ipviz:open", ({ detail }) => moveCursor(detail.cell));
  document.addEventListener("ipviz:outline", ({ detail }) => outline(detail.cells));
  for (const button of map.querySelectorAll("[data-map-file]")) {
    button.addEventListener("click", () => save(button.dataset.mapFile));
  }
  map.querySelector("[data-map-files]").hidden = false;
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  document.addEventListener("ipviz:theme", draw);
}

maps.addEventListener("ipviz:figures", async ({ detail }) => {
  ({ figure, grid, looks, alarms, noted } = detail);
  ranks = Uint8Array.from(atob(figure.data[0].z.bdata), (letter) => letter.charCodeAt(0));
  notes = new Map();
  outlined = [];
  await (map.dataset.drawn ? draw() : begin());
  tell("ipviz:drawn", { grid, alarms });
});
maps.addEventListener("ipviz:failed", ({ detail }) => {
  drawing.textContent = `${detail.message}. The table below says the same; reload the page to try again.`;
  map.dataset.drawn = "failed";
});
