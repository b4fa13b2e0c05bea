// Dragging the parts of a division. What is dragged is written into the form, which asks for the division anew:
// so the server alone says what fits, and a link to the page holds what was chosen.
//
// Addresses are BigInt: those of IPv6 are larger than a number can be.

const FIELDS = { api: "api", ingress: "ingress", "control-planes": "control_planes", balancers: "pool", block: "blocks", dhcp: "dhcp" };
const ONE = new Set(["api", "ingress"]);
const EDGE = 8; // units within which an end is taken, and not the whole
const SVG = "http://www.w3.org/2000/svg";

const form = document.querySelector("[data-divide]");
let held = null;
let focused = "";

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
  return { id: part.id, use, name, first: BigInt(first), last: BigInt(last) };
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
  if (event.target === rects[0] && x - first < EDGE) return "first";
  return event.target === final && end - x < EDGE ? "last" : "whole";
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
}

// Others of the same use that were chosen stay; what ipviz chose itself it may choose anew.
function choose(svg, before, after) {
  const { version } = measures(svg);
  const field = form.elements[FIELDS[before.use]];
  const others = [...svg.querySelectorAll(`[data-part][data-use="${before.use}"]`)].map(read).filter(({ id }) => id !== before.id);
  const written = (part) => (part.use === "block" && part.name ? `${range(part, version)}=${part.name}` : range(part, version));
  field.value = [...others, after].sort((one, other) => (one.first < other.first ? -1 : 1)).map(written).join(", ");
  field.closest("details").open = true;
  // Until the server has answered, who goes on goes on from here.
  Object.assign(svg.querySelector(`#${before.id}`).dataset, { first: String(after.first), last: String(after.last) });
  focused = before.id;
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
  const svg = picture();
  const { part, now } = held ?? {};
  held = null;
  svg?.querySelector(".ghost")?.remove();
  if (now && (now.first !== part.first || now.last !== part.last)) choose(svg, part, now);
});

document.addEventListener("pointercancel", () => {
  held = null;
  picture()?.querySelector(".ghost")?.remove();
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

// Who moves a part by keyboard goes on with it where it lies now.
document.addEventListener("htmx:afterSettle", () => {
  if (!focused) return;
  document.getElementById(focused)?.focus();
  focused = "";
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

// Another subnet has other numbers: those of the first are none of its own.
form?.elements.cidr.addEventListener("change", () => {
  const { cidr, segment } = form.elements;
  const asked = new URLSearchParams({ cidr: cidr.value, segment: segment.value });
  location.assign(`${location.pathname}?${asked}`);
});
