// Says what the pointer or the keyboard is at: beside it, and to who listens rather than looks.
//
// Names from Kubernetes reach the page only through textContent. What is spoken waits a moment, so that somebody
// who walks quickly is not read all that lies on the way.
//
// Listens:  ipviz:tell  {label, note: {state, who, why}, box: {left, right, top}}  in pixels of the window
//           ipviz:hush                                                              there is nothing to say

const maps = document.querySelector("[data-maps]");
const tooltip = maps.querySelector("[data-map-tooltip]");
const spoken = maps.querySelector("[data-map-spoken]");
const SPEAK_AFTER = 150;
const GAP = 8;

let pause;

function show(label, { state, who, why }) {
  const lines = [
    ["strong", label],
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
}

// Beside it, on the side where there is room, and never outside of the map.
function place({ left, right, top }) {
  const around = maps.getBoundingClientRect();
  const fitsRight = right - around.left + GAP + tooltip.offsetWidth <= maps.clientWidth;
  const beside = fitsRight ? right - around.left + GAP : left - around.left - GAP - tooltip.offsetWidth;
  const below = Math.min(top - around.top, maps.clientHeight - tooltip.offsetHeight);
  tooltip.style.left = `${Math.max(0, Math.min(beside, maps.clientWidth - tooltip.offsetWidth))}px`;
  tooltip.style.top = `${Math.max(0, below)}px`;
}

maps.addEventListener("ipviz:tell", ({ detail: { label, note, box }, target }) => {
  show(label, note);
  place(box);
  if (document.activeElement !== target) return;
  const sentence = [label, note.state, ...note.why, ...note.who].join(", ");
  clearTimeout(pause);
  pause = setTimeout(() => { spoken.textContent = sentence; }, SPEAK_AFTER);
});
maps.addEventListener("ipviz:hush", () => { tooltip.hidden = true; });
