"use strict";
// What is chosen on the page. Candidates are known by their number, which stays as data are renewed.
// Ranges are chosen by the name of an axis, zooms by that of a chart.
const state = {
  data: null, selected: null, kept: null, sort: { key: "rank", down: false }, rows: 100, ranges: {}, zooms: {},
  opened: {}, told: matchMedia("(min-width: 761px)").matches,
};
const listeners = [];

function changed(what) {
  for (const listener of listeners) listener(what);
}

function place(number) {
  return state.data.trials ? state.data.trials.numbers.indexOf(number) : -1;
}

function select(at) {
  const number = at === null ? null : state.data.trials.numbers[at];
  state.selected = number === state.selected ? null : number;
  changed("selected");
}

function isKept(at) {
  return state.kept === null || state.kept.has(at);
}

// Elements are made with text, never with markup.
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name === "on") for (const [event, act] of Object.entries(value)) element.addEventListener(event, act);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

function byId(id) {
  return document.getElementById(id);
}

function written(value, digits = 4) {
  if (value === null || value === undefined) return "–";
  if (typeof value !== "number") return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e7) return String(value);
  return String(Number(value.toPrecision(digits)));
}

// The middle of a name that is too long is left out: most names differ at their ends.
function fitted(text, most) {
  const tail = Math.floor((most - 1) / 2);
  return text.length <= most ? text : `${text.slice(0, most - 1 - tail)}…${text.slice(-tail)}`;
}

function valueOf(column, at) {
  const value = column.values[at];
  return value === null ? "" : column.labels ? column.labels[value] : written(value, 6);
}

function paramsOf(at) {
  return state.data.trials.params
    .filter((column) => column.values[at] !== null)
    .map((column) => [column.name, valueOf(column, at)]);
}

function named(at) {
  return `Candidate ${state.data.trials.numbers[at]}`;
}

function failuresOf(at) {
  const { kinds, where } = state.data.trials.failures;
  return (where[at] || []).map(([split, kind]) => ({ split, ...kinds[kind] }));
}
