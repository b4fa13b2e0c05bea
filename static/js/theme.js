// Light, dark or as the system has it: what was chosen is kept in this browser.
//
// Loaded before the page is painted, so that nobody sees it in the other light first.

const THEMES = { system: "light", light: "dark", dark: "system" };
const SIGNS = { system: "◐", light: "☀", dark: "☾" };

function chosenTheme() {
  const kept = localStorage.getItem("theme");
  return kept in THEMES ? kept : "system";
}

function applyTheme() {
  const theme = chosenTheme();
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  const button = document.querySelector("[data-theme-switch]");
  if (!button) return;
  button.hidden = false;
  button.textContent = SIGNS[theme];
  button.setAttribute("aria-label", `Light or dark: ${theme}. Change to ${THEMES[theme]}.`);
  button.title = `Light or dark: ${theme}`;
}

applyTheme();
document.addEventListener("DOMContentLoaded", applyTheme);
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-theme-switch]")) return;
  localStorage.setItem("theme", THEMES[chosenTheme()]);
  applyTheme();
  document.dispatchEvent(new CustomEvent("ipviz:theme"));
});

// What a colour of the style sheet is in the light that holds now, spelled out for those who draw.
globalThis.colourNow = (value) => {
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.color = value;
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
};

// A figure with its colours spelled out: they are written once, in the style sheet, and Plotly knows no names.
globalThis.inColours = (figure) => {
  const known = new Map();
  const spelled = (value) => {
    if (typeof value === "string" && value.startsWith("var(")) {
      if (!known.has(value)) known.set(value, colourNow(value));
      return known.get(value);
    }
    if (Array.isArray(value)) return value.map(spelled);
    if (!value || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, spelled(each)]));
  };
  return spelled(figure);
};
