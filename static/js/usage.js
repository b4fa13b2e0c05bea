// Draws how full a subnet and its pools were. The numbers stand in the page; the colours in the style sheet.

const data = JSON.parse(document.getElementById("usage-data")?.textContent ?? "[]");
const CONFIG = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false };

function figureOf({ at, used, total }) {
  const colour = (name) => colourNow(`var(${name})`);
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

function draw(chart) {
  const [traces, layout] = figureOf(data[Number(chart.dataset.chart)]);
  Plotly.react(chart, traces, layout, CONFIG).then(() => { chart.dataset.drawn = "true"; });
}

function redraw() {
  document.querySelectorAll("[data-chart][data-drawn]").forEach(draw);
}

// Each when it comes into sight: the map above is what one waits for.
const inSight = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    inSight.unobserve(target);
    draw(target);
  }
}, { rootMargin: "200px" });

if (data.length) {
  document.querySelectorAll("[data-chart]").forEach((chart) => inSight.observe(chart));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  document.addEventListener("ipviz:theme", redraw);
}
