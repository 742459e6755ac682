// The kinds of figures, from the data of the page.
const CROSS = "path://M0,0L10,10M10,0L0,10";
const LOOKS = {
  complete: { symbol: "circle", colour: "blue", says: "complete" },
  candidates: { symbol: "circle", colour: "blue", says: "candidate" },
  earlier: { symbol: "circle", colour: "grey", says: "in an earlier rung", open: true },
  stopped: { symbol: CROSS, colour: "grey", says: "stopped, or in part", open: true },
  failed: { symbol: "triangle", colour: "red", says: "failed" },
  best: { symbol: "path://M5,0L6.5,3.5L10,3.8L7.3,6.2L8.2,10L5,7.9L1.8,10L2.7,6.2L0,3.8L3.5,3.5Z", colour: "orange", says: "the best" },
};

function pointStyle(look, opacity) {
  const hue = colour(look.colour);
  return look.open ? { color: "transparent", borderColor: hue, borderWidth: 1.5, opacity } : { color: hue, opacity };
}

function scatter(points, size) {
  const look = LOOKS[points.name];
  const data = points.rows.map((row, i) => ({
    value: [points.x[i], points.y[i]], row, itemStyle: { opacity: isKept(row) ? 0.8 : 0.08 },
  }));
  return { type: "scatter", name: points.name, symbol: look.symbol, symbolSize: size, data, itemStyle: pointStyle(look, 0.8), z: 3 };
}

function star(at) {
  return { type: "scatter", symbol: LOOKS.best.symbol, symbolSize: 16, z: 6, data: [at], itemStyle: { color: colour("orange"), borderColor: colour("page"), borderWidth: 1 } };
}

// The best, and the one that is selected, on top of all others.
function marked(all, best) {
  const found = [];
  const add = (at, style) => {
    for (const points of all) {
      const i = points.rows.indexOf(at);
      if (i >= 0) found.push({ ...style, type: "scatter", data: [{ value: [points.x[i], points.y[i]], row: at }] });
    }
  };
  if (best !== null) add(best, star());
  if (state.selected !== null) {
    const itemStyle = { color: "transparent", borderColor: colour("pick"), borderWidth: 3 };
    add(place(state.selected), { name: "selected", symbol: "circle", symbolSize: 20, z: 7, itemStyle });
  }
  return found;
}

function lineStyle({ colour: hue }) {
  return hue && hue !== "orange" ? { color: colour(hue), width: 1, opacity: 0.45 } : { color: colour("orange"), width: 2 };
}

function lineSeries(line) {
  return {
    type: "line", name: line.name, step: line.step ? "end" : false, showSymbol: false, silent: true, z: 2,
    data: line.x.map((x, i) => [x, line.y[i]]), lineStyle: lineStyle(line),
  };
}

function bandSeries(band) {
  const edge = band.x.map((x, i) => [x, band.high[i]]).concat(band.x.map((x, i) => [x, band.low[i]]).reverse());
  const area = {
    type: "custom", silent: true, z: 1, data: [[band.x[0], Math.min(...band.low)], [band.x[0], Math.max(...band.high)]], clip: true,
    renderItem: (params, api) => params.dataIndex ? null : ({ type: "polygon", shape: { points: edge.map((at) => api.coord(at)) }, style: { fill: colour("grey"), opacity: 0.22 } }),
  };
  const line = { type: "line", silent: true, z: 1, showSymbol: false, data: band.x.map((x, i) => [x, band.y[i]]), lineStyle: { color: colour("soft"), width: 1.5 } };
  return [area, line];
}

function panelOption(panel) {
  const n = panel.points.reduce((sum, points) => sum + points.rows.length, 0);
  const size = n <= 100 ? 9 : n <= 400 ? 7 : 5;
  return {
    grid: { left: 64, right: 14, top: 12, bottom: isTurned(panel.x) ? 70 : 46 }, tooltip: tooltip(), dataZoom: zooms(!panel.x.labels, true),
    xAxis: axisOption(panel.x, false), yAxis: axisOption(panel.y, true),
    series: [
      ...(panel.band ? bandSeries(panel.band) : []), ...panel.lines.map(lineSeries),
      ...panel.points.map((points) => scatter(points, size)), ...marked(panel.points, state.data.best),
    ],
  };
}

function cellsOption(figure) {
  const { low, high, share } = scaled(figure.cells.map((cell) => cell[4]));
  const rowAt = (cell) => (figure.cell_rows ? figure.cell_rows[Math.round((cell[2] + cell[3]) / 2)] : null);
  const noteOf = (cell, i) => `${figure.written ? `${figure.written[i]} samples, ` : ""}${figure.value} ${written(cell[4])}`;
  const data = figure.cells.map((cell, i) => ({ value: cell, row: rowAt(cell), note: noteOf(cell, i) }));
  const cells = {
    type: "custom", data, clip: true, z: 1, encode: { x: [0, 1], y: [2, 3] },
    renderItem: (params, api) => {
      const [x0, x1, y0, y1, value] = figure.cells[params.dataIndex];
      const a = api.coord([x0, y0]), b = api.coord([x1, y1]);
      const at = data[params.dataIndex].row;
      const style = { fill: ramp(share(value)), opacity: at === null || isKept(at) ? 1 : 0.15 };
      const shape = { x: Math.min(a[0], b[0]), y: Math.min(a[1], b[1]), width: Math.abs(b[0] - a[0]) + 0.5, height: Math.abs(b[1] - a[1]) + 0.5 };
      const cell = { type: "rect", shape, style };
      if (!figure.written) return cell;
      const text = { type: "text", silent: true, style: { text: figure.written[params.dataIndex], x: (a[0] + b[0]) / 2, y: (a[1] + b[1]) / 2, align: "center", verticalAlign: "middle", fill: inkOn(style.fill), fontSize: figure.x.labels.length > 10 ? 9 : 13 } };
      return { type: "group", children: [cell, text] };
    },
  };
  const series = [cells];
  if (figure.crosses) {
    const itemStyle = { color: "transparent", borderColor: colour("red"), borderWidth: 2 };
    series.push({ type: "scatter", symbol: CROSS, symbolSize: 9, itemStyle, data: figure.crosses.map((value) => ({ value, row: figure.cell_rows[value[1]], note: "failed" })) });
    const at = state.selected === null ? -1 : figure.cell_rows.indexOf(place(state.selected));
    if (at >= 0) {
      const right = figure.x.labels.length - 0.5;
      series.push({
        type: "custom", name: "selected", silent: true, z: 5, data: [[0, at]],
        renderItem: (_, api) => {
          const a = api.coord([-0.5, at - 0.5]), b = api.coord([right, at + 0.5]);
          const shape = { x: a[0], y: Math.min(a[1], b[1]), width: b[0] - a[0], height: Math.abs(b[1] - a[1]) };
          return { type: "rect", shape, style: { fill: "none", stroke: colour("pick"), lineWidth: 3 } };
        },
      });
    }
  } else if (figure.points) {
    const points = { ...figure.points, name: "candidates" };
    const own = scatter(points, points.rows.length <= 100 ? 8 : 5);
    own.itemStyle = { color: colour("page"), borderColor: colour("ink"), borderWidth: 1, opacity: 0.9 };
    const of = scaled(figure.points.scores);
    own.data.forEach((point, i) => {
      const color = ramp((figure.cells.length ? share : of.share)(figure.points.scores[i]));
      Object.assign(point.itemStyle, { color, borderColor: figure.cells.length ? inkOn(color) : colour("ink") });
    });
    series.push(own, ...marked([points], figure.best));
    if (figure.star) series.push(star({ value: figure.star, row: figure.best }));
  }
  return {
    grid: { left: figure.y.labels ? 96 : 64, right: 14, top: 12, bottom: isTurned(figure.x) ? 74 : 46 },
    tooltip: tooltip(), dataZoom: zooms(!figure.x.labels, !figure.y.labels), xAxis: asWide(figure, figure.x, axisOption(figure.x, false)),
    yAxis: { ...asWide(figure, figure.y, axisOption(figure.y, true)), inverse: Boolean(figure.cell_rows) }, series, scale: [low, high],
  };
}

// An axis that ends where its cells do.
function asWide(figure, axis, option) {
  if (axis.labels || axis.log || !figure.cells.length) return option;
  const [min, max] = axis.ends;
  return { ...option, min, max, axisLabel: { ...option.axisLabel, showMinLabel: false, showMaxLabel: false } };
}

function barsOption(figure) {
  const names = figure.bars.map((bar) => fitted(bar.name, 20));
  const data = figure.bars.map((bar, i) => ({
    value: [bar.value, i, bar.low, bar.high], row: bar.row ?? null,
    note: `${bar.row === undefined ? `${bar.name}: ` : ""}${written(bar.value)} (${written(bar.low)} to ${written(bar.high)})`,
  }));
  const renderItem = (params, api) => {
    const bar = figure.bars[params.dataIndex];
    const [x, y] = api.coord([bar.value ?? 0, params.dataIndex]);
    const chosen = bar.row !== undefined && bar.row === place(state.selected);
    const hue = chosen ? colour("pick") : bar.row !== undefined && bar.equal > 0.5 ? colour("orange") : colour("blue");
    const opacity = bar.row === undefined || isKept(bar.row) ? 1 : 0.2;
    const line = (x1, y1, x2, y2) => ({ type: "line", shape: { x1, y1, x2, y2 }, style: { stroke: bar.row === undefined ? colour("ink") : hue, lineWidth: chosen ? 4 : 2, opacity } });
    const children = [];
    if (bar.row === undefined) {
      const zero = api.coord([0, params.dataIndex])[0];
      const high = Math.min(20, api.size([0, 1])[1] * 0.6);
      children.push({ type: "rect", shape: { x: Math.min(zero, x), y: y - high / 2, width: Math.abs(x - zero), height: high }, style: { fill: hue, opacity } });
    } else {
      children.push({ type: "circle", shape: { cx: x, cy: y, r: chosen ? 7 : 5 }, style: { fill: hue, opacity } });
    }
    if (bar.low !== null && bar.high !== null) {
      const a = api.coord([bar.low, params.dataIndex])[0], b = api.coord([bar.high, params.dataIndex])[0];
      children.push(line(a, y, b, y), line(a, y - 4, a, y + 4), line(b, y - 4, b, y + 4));
    }
    return { type: "group", children };
  };
  const guides = (figure.rope ? [-figure.rope, 0, figure.rope] : [0]).map((x) => ({
    type: "line", silent: true, showSymbol: false, z: 1, data: [[x, -0.5], [x, names.length - 0.5]],
    lineStyle: { color: colour("soft"), width: x === 0 ? 1.5 : 1, type: x === 0 ? "solid" : "dashed" },
  }));
  const y = axisOption({ name: "", labels: names, log: false }, true);
  return {
    grid: { left: Math.min(150, 24 + 7 * Math.max(...names.map((name) => name.length))), right: 18, top: 8, bottom: 46 }, tooltip: tooltip(), dataZoom: zooms(true, false),
    xAxis: { ...axisOption({ name: figure.axis, log: false, labels: null }, false), scale: false },
    yAxis: { ...y, inverse: true, axisLabel: { ...y.axisLabel, width: 140 } },
    series: [...guides, { type: "custom", data, renderItem, encode: { x: [0, 2, 3], y: 1 }, z: 3 }],
  };
}

function linesOption(figure) {
  const chosen = state.selected === null ? -1 : place(state.selected);
  const data = figure.lines.map((line, i) => {
    const rows = figure.rows[i].filter((row) => row >= 0);
    return { value: [0, line[0]], row: rows[rows.length - 1], rows };
  });
  const renderItem = (params, api) => {
    const line = figure.lines[params.dataIndex], { rows } = data[params.dataIndex];
    const points = line.map((y, k) => (y === null ? null : api.coord([k, y]))).filter(Boolean);
    const picked = rows.includes(chosen), best = rows.includes(state.data.best);
    const stroke = colour(picked ? "pick" : best ? "orange" : points.length > 1 ? "blue" : "grey");
    const style = { stroke, fill: "none", lineWidth: picked ? 4 : best ? 3 : 1.4, opacity: rows.some(isKept) ? 0.75 : 0.06 };
    const z2 = picked ? 2 : best ? 1 : 0;
    const dots = points.map(([cx, cy]) => ({ type: "circle", z2, shape: { cx, cy, r: picked ? 5 : 3 }, style: { fill: stroke, opacity: style.opacity } }));
    return { type: "group", children: [{ type: "polyline", z2, shape: { points }, style }, ...dots] };
  };
  const ends = scaled(figure.lines.flat());
  const reach = (ends.high - ends.low) * 0.05 || asideOf(ends.low);
  const rounded = (value) => Number(value.toPrecision(2));
  return {
    grid: { left: 64, right: 14, top: 12, bottom: 46 }, tooltip: tooltip(), dataZoom: zooms(false, true),
    xAxis: axisOption(figure.x, false), yAxis: { ...axisOption(figure.y, true), min: rounded(ends.low - reach), max: rounded(ends.high + reach) },
    series: [{ type: "custom", data, renderItem, clip: true }],
  };
}

function endsOf({ ends: [low, high] }) {
  return high > low ? { min: low, max: high } : { min: low - asideOf(low), max: low + asideOf(low) };
}

// Where a line passes below an axis: the candidate has no such parameter, or not all scores.
function belowOf(axis) {
  if (axis.labels) return -0.5 - 0.05 * axis.labels.length;
  const { min, max } = endsOf(axis);
  return axis.log ? min * (min / max) ** 0.05 : min - 0.05 * (max - min);
}

function parallelOption(figure) {
  const scores = figure.values[figure.values.length - 1];
  const { share } = scaled(scores);
  const opacity = Math.min(0.9, Math.max(0.25, 30 / Math.max(1, figure.rows.length)));
  const lineOf = (i) => figure.values.map((column, k) => column[i] ?? belowOf(figure.axes[k]));
  const styleOf = (score) => (score === null ? { color: colour("grey"), width: 1, opacity: opacity / 2 } : { color: ramp(share(score)), width: 1.5, opacity });
  const data = figure.rows.map((row, i) => ({ value: lineOf(i), row, lineStyle: styleOf(scores[i]) }));
  const series = [{ type: "parallel", name: "candidates", data, inactiveOpacity: 0.04, activeOpacity: 0.9, smooth: false }];
  const i = state.selected === null ? -1 : figure.rows.indexOf(place(state.selected));
  if (i >= 0) {
    const lineStyle = { color: colour("pick"), width: 4, opacity: 1 };
    series.push({ type: "parallel", name: "selected", silent: true, z: 9, inactiveOpacity: 1, data: [{ value: lineOf(i), row: figure.rows[i], lineStyle }] });
  }
  const parallelAxis = figure.axes.map((axis, dim) => ({
    dim, name: fitted(axis.name, 14), nameLocation: "start", nameGap: 26, nameTextStyle: { color: colour("ink"), width: 100, overflow: "truncate" },
    type: axis.labels ? "value" : axis.log ? "log" : "value", scale: true, realtime: false, minInterval: axis.whole && !axis.log ? 1 : undefined,
    ...(axis.labels ? { min: -0.5, max: axis.labels.length - 0.5 } : endsOf(axis)),
    axisLine: { lineStyle: { color: colour("soft") } }, axisTick: axis.labels ? { show: false } : {},
    axisLabel: {
      color: colour("ink"), showMinLabel: true, hideOverlap: true, textBorderColor: colour("card"), textBorderWidth: 3,
      customValues: axis.labels ? axis.labels.map((_, k) => k) : axis.ends[0] === axis.ends[1] ? [axis.ends[0]] : undefined, width: 88, overflow: "truncate",
      formatter: (value) => (axis.labels ? axis.labels[value] ?? "" : written(value, 3)),
    },
    areaSelectStyle: { width: 22, color: colour("pick"), borderColor: colour("pick"), opacity: 0.25 },
  }));
  return { parallel: { left: 56, right: 70, top: 20, bottom: 50, axisExpandable: false }, parallelAxis, tooltip: tooltip(), series };
}

const TASKS = { complete: "blue", stopped: "grey", failed: "red", recalled: "sky" };

function timelineOption(figure) {
  const chosen = state.selected === null ? -1 : place(state.selected);
  const kindOf = (bar) => figure.kinds[bar[3]];
  const data = figure.bars.map((bar) => ({ value: bar, row: bar[4], note: `${kindOf(bar)}, from ${written(bar[0])} s to ${written(bar[1])} s` }));
  const renderItem = (params, api) => {
    const [start, end, worker, , row] = figure.bars[params.dataIndex];
    const a = api.coord([start, worker]), b = api.coord([end, worker]);
    const high = Math.min(24, api.size([0, 1])[1] * 0.8), width = Math.max(1, b[0] - a[0]);
    const hue = row >= 0 && row === chosen ? "pick" : TASKS[kindOf(figure.bars[params.dataIndex])];
    const edge = width > 4 ? { stroke: colour("card"), lineWidth: 1 } : {};
    return { type: "rect", shape: { x: a[0], y: a[1] - high / 2, width, height: high }, style: { fill: colour(hue), opacity: row < 0 || isKept(row) ? 1 : 0.15, ...edge } };
  };
  const n = figure.y.labels.length;
  const resumed = figure.resumed ? [{
    type: "line", silent: true, showSymbol: false, data: [[figure.resumed, -0.5], [figure.resumed, n - 0.5]],
    lineStyle: { color: colour("soft"), type: "dashed", width: 1.5 },
  }] : [];
  return {
    grid: { left: 64, right: 18, top: 8, bottom: 46 }, tooltip: tooltip(), dataZoom: zooms(true, false),
    xAxis: { ...axisOption(figure.x, false), scale: false, min: figure.begin }, yAxis: { ...axisOption(figure.y, true), inverse: true },
    series: [{ type: "custom", data, renderItem, clip: true, progressive: 0, encode: { x: [0, 1], y: 2 } }, ...resumed],
  };
}

const OPTIONS = { timeline: timelineOption, cells: cellsOption, bars: barsOption, lines: linesOption, parallel: parallelOption };
