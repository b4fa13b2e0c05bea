// The tables beside the map: a row that one points at, or comes to by keyboard, is outlined in the drawings.
//
// Tells:  ipviz:outline  {cells, bands}  cells by first and last, bands by their ids; none when one leaves

const ROWS = "tr[data-cells], tr[data-bands]";

let pointed = null;

const listed = (text = "") => text.split(" ").filter(Boolean);

function point(row) {
  if (row === pointed) return;
  pointed = row;
  const cells = listed(row?.dataset.cells).map((each) => each.split("-").map(Number));
  document.dispatchEvent(new CustomEvent("ipviz:outline", { detail: { cells, bands: listed(row?.dataset.bands) } }));
}

for (const name of ["pointerover", "focusin"]) {
  document.addEventListener(name, ({ target }) => {
    const row = target.closest(ROWS);
    if (row || pointed) point(row);
  });
}
