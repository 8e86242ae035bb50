// Charts in the theme's colours. The option comes as JSON beside the canvas; series without a
// colour take the palette; a colour written as "--late" is looked up among the tokens.

const script = new URL("../vendor/echarts/echarts.min.js", import.meta.url);
let loading;

function load() {
  loading ??= new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = script;
    element.onload = () => resolve(window.echarts);
    element.onerror = reject;
    document.head.append(element);
  });
  return loading;
}

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function resolved(value) {
  if (typeof value === "string") return value.startsWith("--") ? token(value) : value;
  if (Array.isArray(value)) return value.map(resolved);
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, resolved(v)]));
  return value;
}

function theme() {
  const axis = {
    axisLine: { lineStyle: { color: token("--line") } },
    axisTick: { show: false },
    axisLabel: { color: token("--ink-3"), fontSize: 12 },
    splitLine: { lineStyle: { color: token("--line-2") } },
    nameTextStyle: { color: token("--ink-3") },
  };
  return {
    color: [1, 2, 3, 4, 5, 6].map((n) => token(`--chart-${n}`)),
    textStyle: { fontFamily: token("--font"), color: token("--ink-2") },
    legend: { top: 0, right: 0, bottom: "auto", textStyle: { color: token("--ink-2") }, itemWidth: 14, itemHeight: 8 },
    tooltip: { renderMode: "richText", backgroundColor: token("--card"), borderColor: token("--line"), textStyle: { color: token("--ink") } },
    categoryAxis: { ...axis, splitLine: { show: false } },
    valueAxis: { ...axis, axisLine: { show: false } },
    timeAxis: { ...axis, splitLine: { show: false } },
    line: { symbolSize: 5, lineStyle: { width: 2 } },
    bar: { barMaxWidth: 22, itemStyle: { borderRadius: [2, 2, 0, 0] } },
  };
}

const drawn = new Map();

function draw(echarts, figure) {
  const canvas = figure.querySelector(".chart-canvas");
  const option = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
  drawn.get(figure)?.dispose();
  const chart = echarts.init(canvas, theme(), { renderer: "svg" });
  const grid = { left: 8, right: 16, top: 32, bottom: 8, containLabel: true };
  chart.setOption({ animationDuration: 250, grid, ...resolved(option) });
  drawn.set(figure, chart);
}

export async function drawAll(root) {
  const figures = [...root.querySelectorAll("[data-chart]")].filter((figure) => !drawn.has(figure));
  if (!figures.length) return;
  const echarts = await load();
  figures.forEach((figure) => draw(echarts, figure));
}

function redraw() {
  for (const [figure, chart] of drawn) {
    if (figure.isConnected) draw(window.echarts, figure);
    else {
      chart.dispose();
      drawn.delete(figure);
    }
  }
}
document.addEventListener("heli:theme", redraw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
addEventListener("resize", () => drawn.forEach((chart) => chart.resize()));
