// Keeps "12 s ago" true on a page that stays open. The words are those of ipviz/web/words.py.

const EVERY = 5000;
const UNITS = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];

function lengthOf(seconds) {
  const [size, unit] = UNITS.find(([each]) => seconds >= each) ?? [1, "s"];
  return `${Math.floor(seconds / size)} ${unit}`;
}

function renew() {
  for (const time of document.querySelectorAll("time[data-form]")) {
    const seconds = Math.max(0, (Date.now() - Date.parse(time.dateTime)) / 1000);
    const text = time.dataset.form === "ago" ? `${lengthOf(seconds)} ago` : lengthOf(seconds);
    if (time.textContent !== text) time.textContent = text;
  }
}

setInterval(renew, EVERY);
