// Draws how full a subnet and its pools were. The numbers stand in the page; the colours in the style sheet.

const data = JSON.parse(document.getElementById("usage-data")?.textContent ?? "[]");
const CONFIG = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false };

function figureOf({ at, used, total }, styles) {
  const colour = (name) => styles.getPropertyValue(name).trim();
  const axis = { color: colour("--quiet"), gridcolor: colour("--line"), zeroline: false, fixedrange: true };
  const step = (y, name, line) => ({ type: "scatter", mode: "lines", name, x: at, y, connectgaps: false, line: { shape: "hv", ...line } });
  return [
    [
      step(used, "used", { color: colour("--accent"), width: 2 }),
      step(total, "there are", { color: colour("--quiet"), width: 1, dash: "dot" }),
    ],
    {
      margin: { l: 48, r: 8, t: 4, b: 28 },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { color: colour("--quiet"), size: 11 },
      showlegend: false,
      hovermode: "x unified",
      hoverlabel: { bgcolor: colour("--page"), font: { color: colour("--ink") } },
      xaxis: { ...axis, type: "date" },
      yaxis: { ...axis, rangemode: "tozero", tickformat: ",d" },
    },
  ];
}

function draw() {
  const styles = getComputedStyle(document.body);
  for (const chart of document.querySelectorAll("[data-chart]")) {
    const [traces, layout] = figureOf(data[Number(chart.dataset.chart)], styles);
    Plotly.react(chart, traces, layout, CONFIG).then(() => { chart.dataset.drawn = "true"; });
  }
}

if (data.length) {
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}
