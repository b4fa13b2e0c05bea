// The holder's panel beside the map. The address is also written into the page's own address, so that what
// is seen can be shared; Back leaves the page, as without it.

const panel = document.querySelector("[data-panel]");
const { addressUrl } = document.querySelector("[data-maps]").dataset;

document.addEventListener("ipviz:open", async ({ detail }) => {
  const url = addressUrl.replace("ADDRESS", detail.address);
  try {
    await htmx.ajax("GET", url, { target: panel, swap: "innerHTML" });
  } catch {
    panel.textContent = `${detail.address}: ipviz does not answer. Try again in a moment.`;
    return;
  }
  const here = new URL(location.href);
  here.searchParams.set("address", detail.address);
  history.replaceState(history.state, "", here);
  panel.focus({ preventScroll: true });
  // Beside the map it is in sight already; below it, on a phone, it is not.
  if (getComputedStyle(panel).position !== "sticky") panel.scrollIntoView({ block: "start" });
});
