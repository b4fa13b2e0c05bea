// Fetches what is drawn of a subnet, its bands and its cells, and asks again while somebody looks.
//
// Loaded last, so that those who draw listen by then.
//
// Tells:  ipviz:figures  {bands, figure, grid, …}  what is to be drawn, first or anew (map.js, bands.js)
//         ipviz:failed   {message}                 nothing could be had
//         ipviz:answered, ipviz:unanswered         whether the server answers still (refresh.js)
//         ipviz:changed                            it is not as it was (the page fetches its tables anew)

const maps = document.querySelector("[data-maps]");
const LOOK_AGAIN_AFTER = 10_000;

let version;

function tell(name, detail = {}) {
  maps.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
}

// Says whether anything is not as it was.
async function fetchFigures() {
  const reply = await fetch(maps.dataset.mapUrl);
  if (reply.redirected) location.reload(); // to sign in again
  if (!reply.ok) throw new Error(`the map could not be had: ${reply.status}`);
  const found = await reply.text();
  if (found === version) return false;
  version = found;
  tell("ipviz:figures", JSON.parse(found));
  return true;
}

async function lookAgain() {
  if (document.hidden) return;
  try {
    const isOtherwise = await fetchFigures();
    tell("ipviz:answered");
    if (isOtherwise) tell("ipviz:changed");
  } catch {
    tell("ipviz:unanswered");
  }
}

fetchFigures().then(
  () => { if (maps.dataset.live) setInterval(lookAgain, LOOK_AGAIN_AFTER); },
  ({ message }) => tell("ipviz:failed", { message }),
);
