// `/` goes to the search box, and `g` to where one types an address of the map, from anywhere but a place where
// one types already.

const BOXES = { "/": "[data-search]", g: "[data-go-to]" };

document.addEventListener("keydown", (event) => {
  const types = event.target.closest("input, textarea, select, [contenteditable]");
  const box = document.querySelector(BOXES[event.key] ?? "[data-none]");
  if (!box || types || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  box.focus();
  box.select();
});
