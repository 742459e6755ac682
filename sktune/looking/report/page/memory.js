// What was chosen stays where the page is made anew: by newer data, or loaded again by the browser.
const KEPT = ["selected", "sort", "rows", "ranges", "zooms", "opened", "told"];

function remember() {
  const kept = Object.fromEntries(KEPT.map((name) => [name, state[name]]));
  try {
    history.replaceState({ ...kept, theme: byId("theme").value, of: state.data.path || state.data.name }, "");
  } catch { /* a page in a frame may have no history */ }
}

function recall() {
  const kept = history.state, data = JSON.parse(byId("data").textContent);
  if (!kept || kept.of !== (data.path || data.name)) return;
  for (const name of KEPT) if (kept[name] !== undefined) state[name] = kept[name];
  byId("theme").value = kept.theme;
}

function keyOf(element) {
  const { tagName, id, dataset } = element;
  const row = element.closest("tr[data-number]");
  if (row) return `tr[data-number="${row.dataset.number}"]`;
  if (id) return `#${CSS.escape(id)}`;
  if (dataset.key) return `[data-key="${CSS.escape(dataset.key)}"]`;
  const label = element.getAttribute("aria-label");
  return label ? `${tagName}[aria-label="${CSS.escape(label)}"]` : null;
}

// Does what makes the page anew, and leaves focus, open parts and what is in view as they were.
function inPlace(render) {
  const focused = document.activeElement, key = focused && keyOf(focused), text = focused && focused.value;
  const open = [...document.querySelectorAll("#failures details[open] > summary")].map((one) => one.textContent);
  const scrolled = [...document.querySelectorAll(".across, .scroll")].map((one) => [one.scrollLeft, one.scrollTop]);
  const titles = () => [...document.querySelectorAll("h2, h3[id]")];
  const anchor = titles().filter((one) => one.offsetParent && one.getBoundingClientRect().top <= innerHeight / 3).pop();
  const [anchorKey, top] = anchor ? [`#${anchor.id}`, anchor.getBoundingClientRect().top] : [null, 0];
  const atTop = scrollY === 0;
  render();
  [...document.querySelectorAll(".across, .scroll")].forEach((one, k) => { if (scrolled[k]) [one.scrollLeft, one.scrollTop] = scrolled[k]; });
  for (const summary of document.querySelectorAll("#failures details > summary")) if (open.includes(summary.textContent)) summary.parentElement.open = true;
  const now = anchorKey && document.querySelector(anchorKey);
  if (now && !atTop) scrollBy(0, now.getBoundingClientRect().top - top);
  const again = key && document.querySelector(key);
  if (again && again !== document.activeElement) {
    again.focus({ preventScroll: true });
    if (again.tagName === "INPUT") again.value = text;
  }
}
