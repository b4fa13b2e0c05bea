// Buttons that copy a text of the page; they are there only where a browser lets a page do that.

const COPIED_FOR = 1500;

function show(root) {
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll("[data-copy-text]")) button.hidden = false;
}

document.addEventListener("click", async ({ target }) => {
  const button = target.closest?.("[data-copy-text]");
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copyText).textContent);
  const words = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = words; }, COPIED_FOR);
});

document.addEventListener("htmx:afterSettle", ({ target }) => show(target));
show(document);
