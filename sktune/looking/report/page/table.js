// The table of trials: sorted by any column, filtered by the brush, a row for each candidate.
const OF_STATUS = { ok: "complete" };

function columns() {
  const t = state.data.trials;
  const numeric = (key, title, values) => ({ key, title, sortBy: (at) => values[at], show: (at) => written(values[at], 5), numeric: true });
  const found = [
    numeric("number", "candidate", t.numbers),
    numeric("rank", "rank", t.rank),
    { key: "status", title: "status", sortBy: (at) => t.status[at], show: (at) => OF_STATUS[t.status[at]] || t.status[at], name: (at) => `status-${t.status[at]}` },
    numeric("score", state.data.metric === "score" ? "score" : state.data.metric, t.score),
    numeric("std", "std", t.std),
  ];
  for (const [name, values] of Object.entries(t.others)) found.push(numeric(`metric ${name}`, name, values));
  for (const column of t.params) {
    found.push({
      key: `param ${column.name}`, title: column.name, sortBy: (at) => column.values[at],
      show: (at) => valueOf(column, at), numeric: !column.labels, long: Boolean(column.labels),
    });
  }
  if (t.resources) found.push(numeric("resources", "resources", t.resources));
  found.push(numeric("seconds", "seconds a fit", t.seconds));
  for (let k = 0; k < state.data.n_splits; k++) found.push(numeric(`split ${k}`, `split ${k}`, t.splits.map((row) => row[k])));
  if (Object.keys(t.failures.where).length) {
    const first = (at) => (failuresOf(at)[0] || { reason: "" }).reason;
    found.push({ key: "error", title: "error", sortBy: (at) => first(at) || null, show: first, long: true });
  }
  return found;
}

function sortedPlaces(all) {
  const { key, down } = state.sort;
  const column = all.find((one) => one.key === key) || all[0];
  const places = state.data.trials.numbers.map((_, at) => at).filter(isKept);
  return places.sort((a, b) => {
    const x = column.sortBy(a) ?? null, y = column.sortBy(b) ?? null;
    if (x === null || y === null) return (x === null) - (y === null) || a - b; // what is not there comes last
    return (x < y ? -1 : x > y ? 1 : 0) * (down ? -1 : 1) || a - b;
  });
}

function sortBy(column) {
  const same = state.sort.key === column.key;
  const first = ["score", "std"].includes(column.key) || /^(split|metric) /.test(column.key); // the best first
  state.sort = { key: column.key, down: same ? !state.sort.down : first };
  drawTable();
  remember();
}

function drawTable() {
  const t = state.data.trials, table = byId("trials");
  if (!t) return;
  const all = columns(), places = sortedPlaces(all), shown = places.slice(0, state.rows);
  const focused = document.activeElement && document.activeElement.dataset.key;
  const heads = all.map((column) => {
    const sorted = state.sort.key === column.key ? (state.sort.down ? "descending" : "ascending") : null;
    const arrow = sorted ? (state.sort.down ? " ▼" : " ▲") : "";
    const button = make("button", { type: "button", "data-key": column.key, on: { click: () => sortBy(column) } }, column.title + arrow);
    return make("th", { scope: "col", "aria-sort": sorted }, button);
  });
  table.tHead.replaceChildren(make("tr", {}, ...heads));
  table.tBodies[0].replaceChildren(...shown.map((at) => rowFor(at, all)));
  roving();
  const left = t.n_left_out ? ` The ${t.n_left_out} with the lowest scores are left out.` : "";
  const clear = make("button", { type: "button", on: { click: clearRanges } }, "Show all");
  const told = state.kept === null ? `${t.numbers.length} ${state.data.rungs ? "trial" : "candidate"}${t.numbers.length === 1 ? "" : "s"}.${left} Click a heading to sort, a row to select it.` : `${places.length} of ${t.numbers.length} candidates are chosen. `;
  byId("filter").replaceChildren(told, ...(state.kept === null ? [] : [clear]));
  const more = byId("more");
  more.hidden = places.length <= shown.length;
  more.textContent = `Show ${Math.min(200, places.length - shown.length)} more of ${places.length}`;
  if (focused) [...table.tHead.querySelectorAll("button")].find((button) => button.dataset.key === focused)?.focus();
}

function rowFor(at, all) {
  const number = state.data.trials.numbers[at];
  const cells = all.map((column) => {
    const text = column.show(at);
    const names = [column.numeric ? "n" : "", column.long ? "long" : "", column.name ? column.name(at) : ""].join(" ").trim();
    return make("td", { class: names || null, title: column.long ? text : null }, text);
  });
  const act = (event) => {
    if (event.type === "click" || event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      select(at);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const row = event.currentTarget;
      const next = event.key === "ArrowDown" ? row.nextElementSibling : row.previousElementSibling;
      if (next) { row.tabIndex = -1; next.tabIndex = 0; next.focus(); }
    }
  };
  return make("tr", { "data-number": number, tabindex: -1, "aria-selected": String(number === state.selected), on: { click: act, keydown: act } }, ...cells);
}

// One row can be reached by the tab key, the others from it by the arrows.
function roving() {
  const rows = [...byId("trials").tBodies[0].rows];
  const first = rows.find((row) => Number(row.dataset.number) === state.selected) || rows[0];
  if (first) first.tabIndex = 0;
}

function markRow() {
  for (const row of byId("trials").tBodies[0].rows) {
    row.setAttribute("aria-selected", String(Number(row.dataset.number) === state.selected));
  }
}

function drawSelected() {
  const box = byId("selected");
  const at = state.selected === null ? -1 : place(state.selected);
  box.hidden = at < 0;
  if (at < 0) return;
  const t = state.data.trials;
  const close = make("button", { type: "button", on: { click: () => select(at) } }, "Close");
  const told = `${OF_STATUS[t.status[at]] || t.status[at]}, score ${written(t.score[at], 6)}` + (t.rank[at] === null ? "" : `, rank ${t.rank[at]}`);
  const splits = t.splits[at].map((value) => written(value)).join(", ");
  const more = make("details", { open: state.told, on: { toggle: () => { state.told = more.open; remember(); } } },
    make("summary", {}, "Parameters and splits"),
    make("div", { class: "values" }, paramsOf(at).map(([name, value]) => `${name} = ${value}`).join(", ")),
    make("div", {}, `Splits: ${splits}`),
    ...failuresOf(at).map((one) => failureBox(one, `Split ${one.split}: ${one.reason}`)),
  );
  box.replaceChildren(make("div", { class: "head" }, make("h3", {}, named(at)), make("span", {}, told), close), more);
}

function failureBox(one, title) {
  const story = one.traceback && one.traceback !== one.reason ? make("pre", {}, one.traceback) : null;
  return story ? make("details", {}, make("summary", {}, title), story) : make("div", {}, title);
}
