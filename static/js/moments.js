// Stepping through the moments of change by key, and copying the link to the one that is looked at.

const KEYS = { "[": "previous", "]": "next" };
const COPIED_FOR = 2000;

document.addEventListener("keydown", (event) => {
  const types = event.target.closest("input, select, textarea");
  if (types || event.ctrlKey || event.metaKey || event.altKey || !(event.key in KEYS)) return;
  document.querySelector(`[data-step="${KEYS[event.key]}"]`)?.click();
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
