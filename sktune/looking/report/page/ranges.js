// Ranges along the parallel axes, dragged there or typed beside them: the candidates within are kept.
// { name of an axis: [[low, high], ...] }; of choices, the texts of those that are chosen.
function parallelFigure() {
  return (state.data.figures || []).find((figure) => figure.kind === "parallel");
}

function choose() {
  const figure = parallelFigure();
  const chosen = figure ? figure.axes.map((axis) => state.ranges[axis.name]) : [];
  state.kept = chosen.some(Boolean) ? new Set(figure.rows.filter((_, i) => chosen.every((ranges, k) => !ranges || isWithin(figure.axes[k], figure.values[k][i], ranges)))) : null;
}

function isWithin(axis, value, ranges) {
  if (value === null) return false;
  return axis.labels ? ranges.includes(axis.labels[value]) : ranges.some(([low, high]) => low <= value && value <= high);
}

function setRange(axis, ranges) {
  if (ranges.length) state.ranges[axis.name] = ranges;
  else delete state.ranges[axis.name];
}

// Newer data may have other axes; what was chosen along one that is gone is chosen no more.
function carryRanges() {
  const figure = parallelFigure();
  const names = figure ? figure.axes.map((axis) => axis.name) : [];
  for (const name of Object.keys(state.ranges)) if (!names.includes(name)) delete state.ranges[name];
  choose();
}

function intervals(axis) {
  const ranges = state.ranges[axis.name] || [];
  if (!axis.labels) return ranges;
  return ranges.map((label) => axis.labels.indexOf(label)).filter((k) => k >= 0).map((k) => [k - 0.45, k + 0.45]);
}

function brushing(element, chart, figure) {
  charts.get(element).brushes = true;
  const axisAt = (k) => chart.getModel().getComponent("parallelAxis", k);
  let own = false;
  const show = () => {
    own = true;
    figure.axes.forEach((axis, k) => chart.dispatchAction({ type: "axisAreaSelect", parallelAxisId: axisAt(k).id, intervals: intervals(axis) }));
    own = false;
  };
  charts.get(element).showRanges = show;
  chart.on("axisareaselected", () => {
    if (own) return;
    figure.axes.forEach((axis, k) => {
      const dragged = axisAt(k).activeIntervals.map(([a, b]) => [Math.min(a, b), Math.max(a, b)]);
      setRange(axis, axis.labels ? axis.labels.filter((_, at) => dragged.some(([low, high]) => low <= at && at <= high)) : dragged);
      if (axis.labels && dragged.length && !state.ranges[axis.name]) state.ranges[axis.name] = [null]; // between all of them
    });
    choose();
    changed("kept");
  });
  if (Object.keys(state.ranges).length) show();
}

function clearRanges() {
  state.ranges = {};
  choose();
  for (const one of charts.values()) if (one.showRanges) one.showRanges();
  changed("kept");
}

// For the keyboard: two fields beside the name of each axis, or a list of its choices.
function rangesBox(figure) {
  const fields = figure.axes.map((axis) => make("div", { class: "range" }, make("span", {}, axis.name), ...(axis.labels ? [choiceField(axis)] : [endField(axis, 0), endField(axis, 1)])));
  const box = make("details", { class: "ranges", open: Boolean(state.opened.ranges), on: { toggle: () => { state.opened.ranges = box.open; remember(); } } },
    make("summary", {}, "Choose by the keyboard"), make("div", { class: "fields" }, ...fields));
  return box;
}

function typed(axis, ranges) {
  setRange(axis, ranges);
  choose();
  for (const one of charts.values()) if (one.showRanges) one.showRanges();
  changed("kept");
}

function choiceField(axis) {
  const options = [make("option", { value: "" }, "any"), ...axis.labels.map((label, k) => make("option", { value: k }, label))];
  const field = make("select", { "aria-label": `${axis.name}: chosen`, "data-axis": axis.name, on: { change: () => typed(axis, field.value === "" ? [] : [axis.labels[field.value]]) } }, ...options);
  showIn(field, axis);
  return field;
}

function endField(axis, end) {
  const field = make("input", {
    type: "text", inputmode: "decimal", size: 8, "aria-label": `${axis.name}: ${end ? "to" : "from"}`, placeholder: written(axis.ends[end], 3), "data-axis": axis.name, "data-end": end,
    on: { change: () => {
      const [low, high] = [...field.parentElement.querySelectorAll("input")].map((one, k) => readEnd(one, k));
      field.setAttribute("aria-invalid", String(Number.isNaN(low) || Number.isNaN(high)));
      if (!Number.isNaN(low) && !Number.isNaN(high)) typed(axis, low === -Infinity && high === Infinity ? [] : [[low === -Infinity ? axis.ends[0] : low, high === Infinity ? axis.ends[1] : high]]);
    } },
  });
  showIn(field, axis);
  return field;
}

function readEnd(field, end) {
  const text = field.value.trim();
  return text === "" ? (end ? Infinity : -Infinity) : Number(text);
}

function showIn(field, axis) {
  const ranges = state.ranges[axis.name];
  if (axis.labels) field.value = ranges && ranges.length === 1 && axis.labels.includes(ranges[0]) ? axis.labels.indexOf(ranges[0]) : "";
  else field.value = ranges ? String(Number((field.dataset.end === "1" ? Math.max(...ranges.map((one) => one[1])) : Math.min(...ranges.map((one) => one[0]))).toPrecision(6))) : "";
}

function showRanges() {
  const figure = parallelFigure();
  for (const field of document.querySelectorAll(".ranges [data-axis]")) {
    if (field !== document.activeElement) showIn(field, figure.axes.find((axis) => axis.name === field.dataset.axis));
  }
}
