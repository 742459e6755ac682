// Charts: drawn when they come into view, and anew when something is chosen.
const charts = new Map();
const inView = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (entry.isIntersecting && !charts.get(entry.target).chart) draw(entry.target);
  }
}, { rootMargin: "200px" });

// What is zoomed is kept by the chart's key, so that it outlives the chart.
function addChart(element, key, build, after = () => {}) {
  const zoomed = () => {
    const option = build();
    (state.zooms[key] || []).forEach((ends, k) => { if (option.dataZoom && option.dataZoom[k]) Object.assign(option.dataZoom[k], ends); });
    return option;
  };
  charts.set(element, { key, build: zoomed, after, chart: null });
  inView.observe(element);
}

function draw(element) {
  const one = charts.get(element);
  one.chart = echarts.init(element, null, { renderer: "canvas" });
  one.chart.setOption({ animation: false, textStyle: { fontFamily: "system-ui, sans-serif" }, ...one.build() });
  one.chart.on("click", (event) => {
    const at = rowOf(event);
    if (at !== null) select(at);
  });
  one.chart.on("datazoom", () => {
    state.zooms[one.key] = one.chart.getOption().dataZoom.map(({ start, end }) => ({ start, end }));
    remember();
  });
  one.after(one.chart);
  element.dataset.drawn = "yes";
}

function rowOf(event) {
  const value = event.data && (event.data.row ?? (Array.isArray(event.data) ? event.data.row : undefined));
  return Number.isInteger(value) && value >= 0 ? value : null;
}

function redraw(what) {
  for (const one of charts.values()) {
    if (one.chart && !(what === "kept" && one.brushes)) one.chart.setOption(one.build(), { replaceMerge: ["series"] });
  }
}

function forgetCharts() {
  for (const [element, one] of charts) {
    inView.unobserve(element);
    if (one.chart) one.chart.dispose();
  }
  charts.clear();
}

addEventListener("resize", () => {
  for (const one of charts.values()) if (one.chart) one.chart.resize();
});

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

const RAMP = ["#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725"];

function isDark() {
  return document.documentElement.dataset.theme === "dark";
}

// The ends of the ramp that do not stand out from the page are left out.
function ramp(share) {
  const [low, high] = isDark() ? [0.28, 1] : [0, 0.86];
  const at = (low + (high - low) * Math.min(1, Math.max(0, share))) * (RAMP.length - 1);
  const k = Math.min(RAMP.length - 2, Math.floor(at));
  const part = (text, i) => parseInt(text.slice(1 + 2 * i, 3 + 2 * i), 16);
  const mixed = [0, 1, 2].map((i) => Math.round(part(RAMP[k], i) + (at - k) * (part(RAMP[k + 1], i) - part(RAMP[k], i))));
  return `rgb(${mixed.join(",")})`;
}

// What is read on a colour of the ramp.
function inkOn(fill) {
  const [red, green, blue] = fill.match(/\d+/g).map(Number);
  return 0.3 * red + 0.59 * green + 0.11 * blue > 120 ? "#1b1f24" : "#ffffff";
}

function scaled(values) {
  const known = values.filter((value) => value !== null);
  const low = Math.min(...known), high = Math.max(...known);
  return { low, high, share: (value) => (high > low ? (value - low) / (high - low) : 0.5) };
}

const longestOf = (axis) => Math.max(...axis.labels.map((label) => label.length));

// Whether labels below a chart are too long to be beside each other.
function isTurned(axis) {
  return Boolean(axis.labels) && Math.min(axis.labels.length, 10) * longestOf(axis) > 40;
}

function axisOption(axis, vertical) {
  const common = {
    name: fitted(axis.name, 30), nameLocation: "middle", nameGap: vertical ? 46 : 28,
    nameTextStyle: { color: colour("ink"), width: 190, overflow: "truncate" },
    axisLine: { show: true, onZero: false, lineStyle: { color: colour("soft") } },
    axisLabel: { color: colour("soft"), hideOverlap: true, formatter: (value) => (axis.whole && value % 1 ? "" : written(value, 3)) },
    splitLine: { lineStyle: { color: colour("line"), opacity: 0.6 } },
  };
  if (axis.labels) {
    const n = axis.labels.length;
    const every = Math.ceil(n / (vertical ? 30 : 10));
    const places = axis.labels.map((_, k) => k).filter((k) => k % every === 0);
    const longest = longestOf(axis);
    return {
      ...common, type: "value", min: -0.5, max: n - 0.5, splitLine: { show: false },
      axisTick: { customValues: places },
      nameGap: vertical ? Math.min(110, 20 + 7 * longest) : isTurned(axis) ? 58 : 28,
      axisLabel: {
        ...common.axisLabel, customValues: places, hideOverlap: false, width: vertical ? 96 : 90, overflow: "truncate",
        rotate: !vertical && isTurned(axis) ? 30 : 0, formatter: (value) => axis.labels[value] ?? "",
      },
    };
  }
  if (axis.log) {
    const { min, max, customValues } = logEnds(axis);
    return { ...common, type: "log", min, max, axisTick: { customValues }, axisLabel: { ...common.axisLabel, customValues } };
  }
  return { ...common, type: "value", scale: true, minInterval: axis.whole ? 1 : undefined, ...(axis.span ? { min: axis.span[0], max: axis.span[1] } : aroundOne) };
}

// A single value is in the middle of its axis; the ends of all others follow from the data.
const asideOf = (low) => Math.abs(low) * 0.05 || 0.5;
const aroundOne = {
  min: ({ min, max }) => (max > min ? null : min - asideOf(min)),
  max: ({ min, max }) => (max > min ? null : max + asideOf(max)),
};

// From the data's ends, and not from full decades; those are where ticks are, or 1, 2 and 5 of each.
function logEnds({ ends: [low, high] }) {
  const margin = (high / low) ** 0.03;
  const [min, max] = high > low ? [low / margin, high * margin] : [low / 2, high * 2];
  const decades = [];
  for (let k = Math.floor(Math.log10(min)); k <= Math.log10(max); k++) decades.push(k);
  const steps = max / min > 300 ? [1] : [1, 2, 5];
  const every = Math.ceil(decades.length / 8);
  const customValues = decades.filter((k) => k % every === 0).flatMap((k) => steps.map((step) => Number(`${step}e${k}`))).filter((x) => x >= min && x <= max);
  return { min, max, customValues };
}

function zooms(x, y) {
  const inside = { type: "inside", zoomOnMouseWheel: "ctrl", moveOnMouseMove: "shift", filterMode: "none" };
  return [x ? { ...inside, xAxisIndex: 0 } : null, y ? { ...inside, yAxisIndex: 0 } : null].filter(Boolean);
}

function zoom(elements, factor) {
  for (const element of elements) {
    const one = charts.get(element);
    if (!one || !one.chart) continue;
    (one.chart.getOption().dataZoom || []).forEach((now, dataZoomIndex) => {
      const middle = (now.start + now.end) / 2;
      const half = factor === 0 ? 50 : Math.min(50, Math.max(1, ((now.end - now.start) / 2) * factor));
      const start = factor === 0 ? 0 : Math.min(100 - 2 * half, Math.max(0, middle - half));
      one.chart.dispatchAction({ type: "dataZoom", dataZoomIndex, start, end: start + 2 * half });
    });
  }
}

// What is told of a candidate where the pointer is: elements, so that values are never markup.
function tip(at, note) {
  const lines = paramsOf(at).slice(0, 10).map(([name, value]) => make("div", {}, `${name}: ${value}`));
  const score = state.data.trials.score[at];
  return make("div", { class: "tip" }, make("b", {}, `${named(at)}: ${written(score, 6)}`), note ? make("div", {}, note) : null, ...lines);
}

function tooltip() {
  return {
    trigger: "item", confine: true, backgroundColor: colour("page"), borderColor: colour("line"),
    textStyle: { color: colour("ink") },
    formatter: (event) => {
      const at = rowOf(event);
      if (at !== null) return tip(at, event.data.note);
      return event.data && event.data.note ? make("div", { class: "tip" }, event.data.note) : "";
    },
  };
}
