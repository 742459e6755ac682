// The page: its parts, the theme, and newer data while a search runs.
function tiles() {
  const d = state.data;
  const counts = Object.entries(d.counts || {}).map(([status, n]) => `${n} ${OF_STATUS[status] || status}`).join(", ");
  const many = d.n_candidates && d.n_candidates > d.n_done ? `${d.n_done} of ${d.n_candidates}` : String(d.n_done);
  const told = [[d.rungs ? "Trials" : "Candidates", many], ["Of these", counts], ["Rungs", d.rungs ? `${d.rungs.join(", ")} candidates` : null], ["Splits", d.n_splits], ["Metric", d.metric],
    ["Took", d.took], ["Work saved", d.shared.saved ? `${written(d.shared.saved, 2)} s` : null], ["File", d.path], ["Written", d.written]];
  return told.filter(([, value]) => value).map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, String(value))));
}

function winner() {
  const w = state.data.winner;
  if (!w) return [make("p", {}, state.data.n_done ? "No candidate has all its scores." : "No candidate was evaluated yet.")];
  const pick = make("button", { type: "button", on: { click: () => { if (state.selected !== state.data.trials.numbers[state.data.best]) select(state.data.best); } } }, "Show it in the figures");
  return [
    make("p", {}, make("span", { class: "score" }, written(w.score, 5)), ` ± ${written(w.std, 2)} over the splits, candidate ${w.row} `, pick),
    make("p", { id: "honest" }, w.told),
    make("dl", { class: "params" }, ...w.params.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)])),
  ];
}

function legendKey(look) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "-1 -1 12 12");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  const shapes = { circle: "M0,5a5,5 0 1,0 10,0a5,5 0 1,0 -10,0", triangle: "M5,0L10,10L0,10Z", line: "M-1,5L11,5" };
  path.setAttribute("d", shapes[look.symbol] || look.symbol.replace("path://", ""));
  path.setAttribute("style", look.open || look.symbol === "line" ? `fill:none;stroke:var(--${look.colour});stroke-width:2` : `fill:var(--${look.colour})`);
  svg.append(path);
  return make("span", { class: "key" }, svg, look.says);
}

function legend(figure) {
  const keys = [];
  const panels = figure.panels || [];
  for (const name of ["complete", "earlier", "stopped", "failed"]) {
    if (panels.some((panel) => panel.points.some((points) => points.name === name))) keys.push(legendKey(LOOKS[name]));
  }
  const lines = new Map(panels.flatMap((panel) => panel.lines.filter((line) => line.x.length).map((line) => [line.name, line.colour || "orange"])));
  for (const [says, hue] of lines) keys.push(legendKey({ symbol: "line", colour: hue, says }));
  if (panels.some((panel) => panel.band)) keys.push(legendKey({ symbol: "line", colour: "grey", says: "expected, ± a standard deviation" }));
  if (figure.id === "rivals") keys.push(legendKey({ symbol: "circle", colour: "orange", says: "practically equal" }));
  if (figure.id === "folds" && figure.crosses.length) keys.push(legendKey({ ...LOOKS.stopped, colour: "red", says: "failed" }));
  if (figure.kind === "lines") {
    const lines = [["orange", "the best"], ["blue", "went on"], ["grey", "ended in its first rung"]];
    for (const [hue, says] of lines) keys.push(legendKey({ symbol: "line", colour: hue, says }));
  } else if (state.data.best !== null && (panels.length || figure.points)) keys.push(legendKey(LOOKS.best));
  if (figure.kind === "timeline") {
    for (const k of new Set(figure.bars.map((bar) => bar[3]))) keys.push(legendKey({ symbol: "M0,1L10,1L10,9L0,9Z", colour: TASKS[figure.kinds[k]], says: figure.kinds[k] }));
    if (figure.resumed) keys.push(legendKey({ symbol: "line", colour: "soft", says: "resumed" }));
  }
  const all = figure.kind === "cells" ? (figure.cells.length || !figure.points ? figure.cells.map((cell) => cell[4]) : figure.points.scores) : figure.kind === "parallel" ? figure.values[figure.values.length - 1] : [];
  const values = all.filter((value) => value !== null);
  if (figure.kind === "parallel" && values.length < all.length) keys.push(legendKey({ symbol: "line", colour: "grey", says: "not all scores" }));
  if (values.length) {
    const { low, high } = scaled(values);
    const bar = make("span", { class: "ramp", "aria-hidden": "true" });
    bar.style.background = `linear-gradient(90deg, ${[0, 0.25, 0.5, 0.75, 1].map(ramp).join(",")})`;
    if (low < high) keys.push(make("span", { class: "key" }, written(low, 3), bar, written(high, 3)));
  }
  return make("div", { class: "legend" }, ...keys);
}

function figureBox(figure) {
  const title = make("h3", { id: `figure-${figure.id}` }, figure.title);
  const text = make("p", { class: "text", id: `text-${figure.id}` }, figure.text);
  const wide = ["effects", "parallel", "timeline", "metrics"].includes(figure.id);
  if (figure.kind === "none") return make("article", { class: "figure" }, title, text);
  const parts = figure.panels || [figure];
  const elements = parts.map((part) => {
    const element = make("div", { class: "chart", role: "img", "aria-labelledby": `figure-${figure.id}`, "aria-describedby": `text-${figure.id}`, "data-figure": figure.id });
    if (figure.kind === "parallel") { element.classList.add("tall"); element.style.minWidth = `${26 + 79 * figure.axes.length}px`; }
    if (figure.cell_rows) element.style.height = `${Math.max(200, 64 + (figure.cell_rows.length > 30 ? 11 : 17) * figure.cell_rows.length)}px`;
    if (figure.kind === "timeline") element.style.height = `${Math.max(120, 64 + 26 * figure.y.labels.length)}px`;
    if (figure.kind === "bars") element.style.height = `${Math.max(150, 64 + 22 * figure.bars.length)}px`;
    const build = figure.panels ? () => panelOption(part) : () => OPTIONS[figure.kind](figure);
    const key = [figure.id, part.x && part.x.name, part.y && part.y.name].join(" ");
    addChart(element, key, build, figure.kind === "parallel" ? (chart) => brushing(element, chart, figure) : undefined);
    return element;
  });
  const press = (label, name, factor) => make("button", { type: "button", "aria-label": `${name}: ${figure.title}`, on: { click: () => zoom(elements, factor) } }, label);
  const buttons = figure.kind === "parallel"
    ? [make("button", { type: "button", on: { click: clearRanges } }, "Clear the choice")]
    : [press("+", "Zoom in", 0.5), press("−", "Zoom out", 2), press("Reset", "Reset the zoom", 0)];
  const inside = figure.kind === "parallel" ? make("div", {}, make("div", { class: "across" }, ...elements), rangesBox(figure)) : make("div", { class: "panels" }, ...elements);
  return make("article", { class: wide ? "figure wide" : "figure", "aria-labelledby": `figure-${figure.id}` },
    make("div", { class: "head" }, title, make("div", { class: "buttons" }, ...buttons)), legend(figure), inside, text);
}

function failures() {
  const t = state.data.trials;
  const { kinds, where } = t ? t.failures : { kinds: [], where: {} };
  const counts = kinds.map(() => 0);
  for (const pairs of Object.values(where)) for (const [, kind] of pairs) counts[kind]++;
  byId("failures-part").hidden = !kinds.length;
  return kinds.map((one, k) => make("div", { class: "failure" }, failureBox(one, `${counts[k]} × ${one.stage}: ${one.reason}`)));
}

function plainTable(heads, rows) {
  return make("table", {}, make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)))),
    make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((cell) => make("td", {}, String(cell)))))));
}

function render(data) {
  state.data = data;
  carryRanges();
  forgetCharts();
  byId("name").textContent = data.name;
  byId("ended").textContent = data.ended;
  byId("summary").replaceChildren(...tiles());
  byId("winner").replaceChildren(...winner());
  byId("advice-part").hidden = !(data.advice || []).length;
  byId("advice").replaceChildren(...(data.advice || []).map((one) => make("li", {}, one)));
  byId("winner-part").hidden = data.state === "damaged";
  byId("figures-part").hidden = !(data.figures || []).length;
  byId("trials-part").hidden = !data.trials;
  byId("environment-part").hidden = !Object.keys(data.environment).length;
  byId("figures").replaceChildren(...(data.figures || []).map(figureBox));
  byId("failures").replaceChildren(...failures());
  byId("shared-part").hidden = !data.shared.steps.length;
  byId("shared").replaceChildren(make("p", {}, data.shared.text), plainTable(["step", "fits asked for", "done"], data.shared.steps));
  byId("environment").replaceChildren(plainTable(["what", "value"], Object.entries(data.environment)));
  drawTable();
  drawSelected();
}

const system = matchMedia("(prefers-color-scheme: dark)");

function applyTheme() {
  const chosen = byId("theme").value;
  document.documentElement.dataset.theme = chosen === "auto" ? (system.matches ? "dark" : "light") : chosen;
}

listeners.push((what) => {
  redraw(what);
  if (what === "kept") { drawTable(); showRanges(); }
  if (what === "selected") { markRow(); roving(); drawSelected(); }
  remember();
});
byId("more").addEventListener("click", () => { state.rows += 200; drawTable(); remember(); });
for (const [target, event] of [[byId("theme"), "change"], [system, "change"]]) {
  target.addEventListener(event, () => { applyTheme(); remember(); inPlace(() => render(state.data)); });
}
recall();
applyTheme();
render(JSON.parse(byId("data").textContent));

// While a search runs: newer data, but not while something is dragged.
const source = document.body.dataset.source;
let tag = document.body.dataset.tag, newer = null, held = false;
addEventListener("pointerdown", () => { held = true; });
for (const event of ["pointerup", "pointercancel", "blur"]) addEventListener(event, () => { held = false; });

function renew() {
  if (!newer || held) return;
  const data = newer;
  newer = null;
  inPlace(() => render(data));
}

async function poll() {
  try {
    const answer = await fetch(source, { headers: { "If-None-Match": tag }, cache: "no-store" });
    if (answer.status === 200) {
      tag = answer.headers.get("ETag") || "";
      newer = await answer.json();
    }
    byId("ended").textContent = (newer || state.data).ended;
  } catch {
    byId("ended").textContent = `${state.data.ended} The server does not answer: there is nothing newer.`;
  }
  renew();
  setTimeout(poll, 2000);
}
if (source) setTimeout(poll, 1000);
