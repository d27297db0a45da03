// The line in the bar: what is computed, what is being computed now, and what is wrong with the page on show.

const line = document.getElementById("state");
const words = line?.querySelector("span");
const now = line?.querySelector("strong");
const bar = line?.querySelector("progress");

const BUSY = 1000, IDLE = 3000, DONE = 20000; // milliseconds between two questions
let isWaiting = false;
let timer = null;

if (line) watch();

/** The viewer says of the page on show whether it waits for annotations, and which Error ended the wait, if one did. */
export function onShow(waits, error = null) {
  if (!line) return;
  now.textContent = error ? `${error.message}.` : waits ? "Computing this page…" : "";
  now.title = error?.cause ?? "";
  if (waits === isWaiting) return;
  isWaiting = waits;
  clearTimeout(timer);
  timer = setTimeout(watch, 200);
}

async function watch() {
  let pause = IDLE;
  try {
    const response = await fetch(line.dataset.status, { headers: { Accept: "application/json" } });
    if (response.ok) pause = show(await response.json());
  } catch {
    words.textContent = "The server does not answer; asking again.";
  }
  clearTimeout(timer);
  timer = setTimeout(watch, document.hidden ? 4 * pause : pause);
}

/** Writes the line; returns how long it may stand. */
function show({ canvases, layers }) {
  const total = canvases * layers.length;
  const done = layers.reduce((sum, layer) => sum + layer.done, 0);
  const failed = layers.reduce((sum, layer) => sum + layer.failed, 0);
  const running = layers.flatMap((layer) => layer.running);
  const isFinished = done + failed >= total;
  bar.hidden = isFinished;
  bar.max = total || 1;
  bar.value = done + failed;
  words.textContent = [...layers.map((layer) => progress(layer, canvases)), computing(running)].filter(Boolean).join(" · ");
  words.title = words.textContent;
  if (running.length || isWaiting) return BUSY;
  return isFinished ? DONE : IDLE;
}

function progress({ title, done, failed }, canvases) {
  const missing = failed ? `, ${failed} failed` : "";
  const count = done === canvases && done > 1 ? "all" : `${done} of`;
  return `${title}: ${count} ${canvases} ${canvases === 1 ? "page" : "pages"}${missing}`;
}

function computing(pages) {
  const numbers = [...new Set(pages)].sort((a, b) => a - b);
  if (!numbers.length || isWaiting) return "";
  const rest = numbers.length > 3 ? ` and ${numbers.length - 3} more` : "";
  return `computing page ${numbers.slice(0, 3).join(", ")}${rest}…`;
}
