// The keyboard on the map: arrows walk the cells, Enter opens, n and p go to the next and previous alarm.
//
// The map is one tab stop. What the cursor is at is spoken (telling.js).

const map = document.querySelector("[data-map]");
let grid = { columns: 1, rows: 1 };
let alarms = [];
const PAGE_ROWS = 16;

let at = Number(map.dataset.chosen || 0);

function alarmAfter(cell) {
  return alarms.find((each) => each > cell) ?? alarms[0] ?? cell;
}

function alarmBefore(cell) {
  return alarms.findLast((each) => each < cell) ?? alarms.at(-1) ?? cell;
}

const rowStart = (cell) => cell - (cell % grid.columns);
const STEPS = {
  ArrowRight: (cell) => cell + 1,
  ArrowLeft: (cell) => cell - 1,
  ArrowDown: (cell) => cell + grid.columns,
  ArrowUp: (cell) => cell - grid.columns,
  PageDown: (cell) => cell + grid.columns * PAGE_ROWS,
  PageUp: (cell) => cell - grid.columns * PAGE_ROWS,
  Home: (cell, whole) => (whole ? 0 : rowStart(cell)),
  End: (cell, whole) => (whole ? grid.columns * grid.rows - 1 : rowStart(cell) + grid.columns - 1),
  n: alarmAfter,
  p: alarmBefore,
};

function tell(name) {
  map.dispatchEvent(new CustomEvent(name, { bubbles: true, detail: { cell: at } }));
}

map.addEventListener("keydown", (event) => {
  if (event.altKey || event.metaKey || event.target !== map) return;
  if (event.key === "Enter" || event.key === " ") tell("ipviz:enter");
  else if (event.key === "Escape") tell("ipviz:leave");
  else if (STEPS[event.key]) {
    at = Math.max(0, Math.min(grid.columns * grid.rows - 1, STEPS[event.key](at, event.ctrlKey)));
    tell("ipviz:point");
  } else return;
  event.preventDefault();
});

map.addEventListener("ipviz:drawn", ({ detail }) => ({ grid, alarms } = detail));
map.addEventListener("focus", () => { if (map.matches(":focus-visible")) tell("ipviz:point"); });
map.addEventListener("blur", () => tell("ipviz:leave"));
map.addEventListener("ipviz:at", ({ detail }) => { at = detail.cell; });
