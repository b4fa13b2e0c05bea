// Dragging the parts of a division. What is dragged is written into the form, which asks for the division anew:
// so the server alone says what fits, and a link to the page holds what was chosen.
//
// Addresses are BigInt: those of IPv6 are larger than a number can be.

const FIELDS = { api: "api", ingress: "ingress", "control-planes": "control_planes", balancers: "pool", block: "blocks", dhcp: "dhcp" };
const ONE = new Set(["api", "ingress"]);
const EDGE = 8; // at most so many units from an end it is taken, and not the whole
const LETTER = 7.2; // units of one, about
const SVG = "http://www.w3.org/2000/svg";

const form = document.querySelector("[data-divide]");
let held = null;
let focused = null;

const picture = () => document.querySelector("[data-division]");

function measures(svg) {
  const { version, base, cell, columns, left, unit, row } = svg.dataset;
  return { version, base: BigInt(base), cell: BigInt(cell), columns: Number(columns), left: Number(left), unit: Number(unit), row: Number(row) };
}

function text(number, version) {
  if (version === "4") return [24n, 16n, 8n, 0n].map((bits) => (number >> bits) & 255n).join(".");
  const groups = Array.from({ length: 8 }, (_, at) => ((number >> BigInt(16 * (7 - at))) & 65535n).toString(16));
  return groups.join(":");
}

function range({ first, last }, version) {
  return first === last ? text(first, version) : `${text(first, version)}-${text(last, version)}`;
}

function read(part) {
  const { use, name, first, last } = part.dataset;
  return { use, name, first: BigInt(first), last: BigInt(last), isChosen: "chosen" in part.dataset };
}

// A part has no name of its own that outlasts a move: it is told by its use, its name and where it begins. Where the
// server put it elsewhere, the next that is like it is found.
function find(svg, { use, name, first }) {
  const alike = [...svg.querySelectorAll(`[data-part][data-use="${use}"]`)];
  const isThere = (part) => part.dataset.first === String(first);
  const isNamed = (part) => part.dataset.name === name;
  return alike.find((part) => isThere(part) && isNamed(part)) ?? alike.find(isThere) ?? alike.find((part) => name && isNamed(part)) ?? alike[0];
}

function point(svg, event) {
  return new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
}

function cellAt(svg, event) {
  const { columns, left, unit, row } = measures(svg);
  const { x, y } = point(svg, event);
  const rows = svg.viewBox.baseVal.height / row;
  const column = Math.max(0, Math.min(columns - 1, Math.floor((x - left) / unit)));
  return Math.max(0, Math.min(rows - 1, Math.floor(y / row))) * columns + column;
}

// Which of it is taken: an end where the pointer is close to one, else all of it.
function graspOf(svg, part, event) {
  const { use } = part.dataset;
  if (ONE.has(use) || use === "block") return "whole";
  const rects = part.querySelectorAll("rect");
  const { x } = point(svg, event);
  const first = rects[0].x.baseVal.value;
  const final = rects[rects.length - 1];
  const end = final.x.baseVal.value + final.width.baseVal.value;
  // A single cell has no middle beside its ends: it is moved, and resized by keyboard or typed.
  if (rects.length === 1 && end - first <= measures(svg).unit) return "whole";
  const edge = (rect) => Math.min(EDGE, rect.width.baseVal.value / 4);
  if (event.target === rects[0] && x - first < edge(rects[0])) return "first";
  return event.target === final && end - x < edge(final) ? "last" : "whole";
}

function moved(part, grasp, by, { base, cell, columns, row }, svg) {
  const size = part.last - part.first + 1n;
  const end = base + cell * BigInt(columns * Math.round(svg.viewBox.baseVal.height / row)) - 1n;
  const step = part.use === "block" && size > cell ? size : cell;
  const shift = (by / step) * step;
  if (grasp === "first") return { ...part, first: bounded(part.first + by, base, part.last) };
  if (grasp === "last") return { ...part, last: bounded(part.last + by, part.first, end) };
  const first = bounded(part.first + shift, base, end - size + 1n);
  return { ...part, first, last: first + size - 1n };
}

const bounded = (number, least, most) => (number < least ? least : number > most ? most : number);

function draw(svg, part) {
  svg.querySelector(".ghost")?.remove();
  const { base, cell, columns, left, unit, row } = measures(svg);
  const ghost = svg.appendChild(document.createElementNS(SVG, "g"));
  ghost.setAttribute("class", "ghost");
  const [first, last] = [(part.first - base) / cell, (part.last - base) / cell].map(Number);
  for (let at = Math.floor(first / columns); at <= Math.floor(last / columns); at += 1) {
    const begin = Math.max(first, at * columns);
    const end = Math.min(last, (at + 1) * columns - 1);
    const rect = ghost.appendChild(document.createElementNS(SVG, "rect"));
    const place = { x: left + (begin % columns) * unit, y: at * row + 18, width: (end - begin + 1) * unit, height: 22, rx: 3 };
    for (const [name, value] of Object.entries(place)) rect.setAttribute(name, value);
  }
  write(svg, ghost, part, { first, columns, left, unit, row });
}

// Where it would lie now, under where it begins; moved to the left where it would be cut.
function write(svg, ghost, part, { first, columns, left, unit, row }) {
  const words = ghost.appendChild(document.createElementNS(SVG, "text"));
  words.textContent = range(part, measures(svg).version);
  const most = svg.viewBox.baseVal.width - words.textContent.length * LETTER;
  words.setAttribute("x", Math.max(0, Math.min(left + (first % columns) * unit, most)));
  words.setAttribute("y", Math.floor(first / columns) * row + 50);
}

function letGo() {
  held = null;
  picture()?.querySelector(".ghost")?.remove();
}

// Others of the same use that were chosen stay; what ipviz chose itself it may choose anew.
function choose(svg, before, after) {
  const { version } = measures(svg);
  const field = form.elements[FIELDS[before.use]];
  const part = find(svg, before);
  const alike = [...svg.querySelectorAll(`[data-part][data-use="${before.use}"]`)];
  const others = alike.filter((each) => each !== part).map(read).filter(({ isChosen }) => isChosen);
  const written = (part) => (part.use === "block" && part.name ? `${range(part, version)}=${part.name}` : range(part, version));
  field.value = [...others, after].sort((one, other) => (one.first < other.first ? -1 : 1)).map(written).join(", ");
  field.closest("details").open = true;
  // Until the server has answered, who goes on goes on from here.
  Object.assign(part.dataset, { first: String(after.first), last: String(after.last), chosen: "" });
  focused = after;
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

document.addEventListener("pointerdown", (event) => {
  const part = event.target.closest?.("[data-part]");
  if (!part || event.button) return;
  const svg = picture();
  event.preventDefault();
  part.focus();
  held = { part: read(part), grasp: graspOf(svg, part, event), cell: cellAt(svg, event) };
});

document.addEventListener("pointermove", (event) => {
  const svg = picture();
  if (!svg) return;
  if (!held) {
    const part = event.target.closest?.("[data-part]");
    if (part) part.classList.toggle("end", graspOf(svg, part, event) !== "whole");
    return;
  }
  const scale = measures(svg);
  held.now = moved(held.part, held.grasp, BigInt(cellAt(svg, event) - held.cell) * scale.cell, scale, svg);
  draw(svg, held.now);
});

document.addEventListener("pointerup", () => {
  const { part, now } = held ?? {};
  letGo();
  if (now && (now.first !== part.first || now.last !== part.last)) choose(picture(), part, now);
});

document.addEventListener("pointercancel", letGo);

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") letGo();
});

document.addEventListener("keydown", (event) => {
  const part = event.target.closest?.("[data-part]");
  const way = { ArrowRight: 1n, ArrowUp: 1n, ArrowLeft: -1n, ArrowDown: -1n }[event.key];
  if (!part || !way) return;
  event.preventDefault();
  const svg = picture();
  const scale = measures(svg);
  const before = read(part);
  const size = before.last - before.first + 1n;
  const isBlock = before.use === "block";
  const grasp = event.shiftKey && !isBlock && !ONE.has(before.use) ? "last" : "whole";
  const after = moved(before, grasp, way * (isBlock && size > scale.cell ? size : scale.cell), scale, svg);
  if (after.first !== before.first || after.last !== before.last) choose(svg, before, after);
});

// Who moves a part by keyboard goes on with it where it lies now, and no key is lost before that.
document.addEventListener("htmx:afterSwap", () => {
  const svg = picture();
  if (focused && svg) find(svg, focused)?.focus();
  focused = null;
});

const clear = document.querySelector("[data-clear]");
if (clear) {
  clear.hidden = false;
  clear.addEventListener("click", () => {
    const fields = Object.values(FIELDS).map((name) => form.elements[name]).filter(Boolean);
    for (const field of fields) field.value = "";
    fields[0].dispatchEvent(new Event("change", { bubbles: true }));
  });
}

// Only one of the two ways to serve load balancers is looked at. Both fields are there, since one of them is dragged into.
function showStyle() {
  const style = form.elements.style.value;
  for (const field of form.querySelectorAll("[data-style]")) field.hidden = field.dataset.style !== style;
}

if (form?.elements.style) {
  form.addEventListener("change", showStyle);
  showStyle();
}

// Another subnet has other numbers: those of the first are none of its own.
for (const field of [form?.elements.cidr, form?.elements.segment]) {
  field?.addEventListener("change", () => {
    const { cidr, segment } = form.elements;
    const asked = new URLSearchParams({ cidr: cidr.value, segment: segment.value });
    location.assign(`${location.pathname}?${asked}`);
  });
}
