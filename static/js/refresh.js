// Calm refreshing: htmx asks every few seconds, and this lets it through only where somebody looks, and lets
// it change the page only where something other than the age of things has changed.

// Where ipviz does not answer any more, the page says so, rather than look as if nothing happened.
//
// Listens:  ipviz:answered, ipviz:unanswered   how a request of another script went (figures.js, panel.js)

const PATIENCE = 2;
const line = document.querySelector("[data-unanswered]");
let failures = 0;
let answered = new Date();

function hear() {
  failures = 0;
  answered = new Date();
  line.hidden = true;
}

function miss() {
  failures += 1;
  if (failures < PATIENCE || !line.hidden) return;
  const when = `${answered.toISOString().slice(0, 19).replace("T", " ")} UTC`;
  line.textContent = `ipviz has not answered since ${when}: what is shown is as of then.`;
  line.hidden = false;
}

document.addEventListener("htmx:afterOnLoad", ({ detail }) => (detail.successful ? hear() : miss()));
document.addEventListener("htmx:sendError", miss);
document.addEventListener("htmx:timeout", miss);
document.addEventListener("ipviz:answered", hear);
document.addEventListener("ipviz:unanswered", miss);

// By id, for a region that is swapped is another element.
const last = new Map();

const withoutAges = (html) => html.replace(/(<time [^>]*>)[^<]*/g, "$1");

document.addEventListener("htmx:beforeRequest", (event) => {
  const region = event.detail.elt;
  if (!region.matches("[data-refresh]")) return;
  const marks = region.querySelector("input:checked");
  const reads = marks || !document.getSelection().isCollapsed || region.contains(document.activeElement);
  if (document.hidden || reads) event.preventDefault();
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const region = event.detail.elt;
  if (!region.matches("[data-refresh]")) return;
  // A page that asks to sign in again must not be put inside this one.
  const asked = new URL(event.detail.pathInfo.requestPath, location.href).pathname;
  if (event.detail.xhr.responseURL && new URL(event.detail.xhr.responseURL).pathname !== asked) {
    location.reload();
    event.detail.shouldSwap = false;
    return;
  }
  const html = withoutAges(event.detail.serverResponse);
  if (last.get(region.id) === html) event.detail.shouldSwap = false;
  last.set(region.id, html);
});
