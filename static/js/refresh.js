// Calm refreshing: htmx asks every few seconds, and this lets it through only where somebody looks, and lets
// it change the page only where something other than the age of things has changed.

// By id, for a region that is swapped is another element.
const last = new Map();

const withoutAges = (html) => html.replace(/(<time [^>]*>)[^<]*/g, "$1");

document.addEventListener("htmx:beforeRequest", (event) => {
  const region = event.detail.elt;
  if (!region.matches("[data-refresh]")) return;
  const reads = !document.getSelection().isCollapsed || region.contains(document.activeElement);
  if (document.hidden || reads) event.preventDefault();
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const region = event.detail.elt;
  if (!region.matches("[data-refresh]")) return;
  // A page that asks to sign in again must not be put inside this one.
  if (event.detail.xhr.responseURL && new URL(event.detail.xhr.responseURL).pathname !== location.pathname) {
    location.reload();
    event.detail.shouldSwap = false;
    return;
  }
  const html = withoutAges(event.detail.serverResponse);
  if (last.get(region.id) === html) event.detail.shouldSwap = false;
  last.set(region.id, html);
});
