// Stepping through the moments of change by key, and copying the link to the one that is looked at.

const KEYS = { "[": "previous", "]": "next" };
const COPIED_FOR = 2000;

document.addEventListener("keydown", (event) => {
  const types = event.target.closest("input, select, textarea");
  // On many keyboards a bracket is typed with AltGr, which some systems tell as Ctrl and Alt.
  const commands = (event.ctrlKey || event.altKey || event.metaKey) && !event.getModifierState("AltGraph");
  if (types || commands || !(event.key in KEYS)) return;
  document.querySelector(`[data-step="${KEYS[event.key]}"]`)?.click();
});

// The address that was opened since the page was loaded is looked at in the other moment too.
const opened = () => new URL(location.href).searchParams.get("address");

document.addEventListener("click", (event) => {
  // Links to the same page in another view: another moment, other states, another order.
  const link = event.target.closest('a[href^="?"]');
  if (!link || !opened()) return;
  const url = new URL(link.href);
  url.searchParams.set("address", opened());
  link.href = url.href;
}, true);

document.querySelector(".as-of form")?.addEventListener("submit", ({ target }) => {
  if (!opened()) return;
  const field = target.elements.address ?? target.appendChild(document.createElement("input"));
  Object.assign(field, { type: "hidden", name: "address", value: opened() });
});

for (const link of document.querySelectorAll("[data-copy]")) {
  link.addEventListener("click", async (event) => {
    if (!navigator.clipboard) return; // then it is a link like any other
    event.preventDefault();
    await navigator.clipboard.writeText(link.href);
    const words = link.textContent;
    link.textContent = "copied";
    setTimeout(() => { link.textContent = words; }, COPIED_FOR);
  });
}
