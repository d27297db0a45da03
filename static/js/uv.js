// /view/<source>?viewer=uv: Universal Viewer reads no annotations of a manifest, but draws those it is handed. So the pages of the
// canvases on show are fetched here, as Mirador does it, and handed over as string targets with integer xywh, the only kind it takes.

import { fetchPage } from "./pages.js";
import { onShow } from "./status.js";
import { turned } from "./turned.js";

const place = document.getElementById("viewer");
const manifestUrl = place.dataset.manifest;
const canvases = fetch(manifestUrl).then((response) => response.json()).then((manifest) => manifest.items ?? []);
const drawn = [];
const asked = new Map(); // canvas id -> "waits", or the Error that ended that, or null when the annotations are there
let open = []; // ids of the canvases on show

const uv = UV.init("viewer", { manifest: manifestUrl, embedded: true, canvasId: place.dataset.canvas || undefined });
uv.on("configure", ({ cb }) => cb({
  options: { rightPanelEnabled: matchMedia("(min-width: 60rem)").matches, saveUserSettings: false },
  modules: { openSeadragonCenterPanel: { options: { zoomToInitialAnnotation: false } } },
}));
uv.on("canvasIndexChange", turn);
addEventListener("resize", () => uv.resize());

async function turn(index) {
  const all = await canvases;
  const indices = uv.get()?.extension?.getPagedIndices?.(index) ?? [index]; // two canvases in an opening, else one
  open = indices.map((n) => all[n]?.id);
  turned(all[index]?.id);
  for (const n of indices) if (all[n] && !asked.has(all[n].id)) annotate(all[n]);
  report();
}

async function annotate(canvas) {
  asked.set(canvas.id, "waits");
  let trouble = null;
  await Promise.all((canvas.annotations ?? []).map(async (page) => {
    try {
      const { items } = page.items ? page : await fetchPage(page.id);
      draw(items ?? []);
    } catch (error) {
      trouble = error;
    }
  }));
  asked.set(canvas.id, trouble);
  report();
}

function report() {
  const states = open.map((id) => asked.get(id));
  onShow(states.includes("waits"), states.find((state) => state instanceof Error));
}

function draw(annotations) {
  const rectangles = annotations.map(rectangle).filter(Boolean);
  if (!rectangles.length) return;
  drawn.push(...rectangles);
  uv.set({ annotations: [...drawn], target: "" }); // an old target would move the page under the reader
}

/** What the viewer takes: a string target, and words. A polygon becomes its bounding box; a whole canvas has nothing to draw. */
function rectangle({ target, body }) {
  const region = typeof target === "string" ? target : bounds(target);
  return region && /#xywh=\d+,\d+,\d+,\d+$/.test(region) && { target: region, bodyValue: words([body].flat()[0]?.value ?? "") };
}

/** Of a SpecificResource with an SvgSelector that holds one <path> of absolute coordinates, as our server writes it. */
function bounds({ source, selector }) {
  const path = /\sd="([^"]+)"/.exec([selector].flat()[0]?.value ?? "")?.[1];
  const numbers = (path?.match(/[\d.]+/g) ?? []).map(Number);
  if (numbers.length < 6) return null;
  const xs = numbers.filter((_, n) => n % 2 === 0), ys = numbers.filter((_, n) => n % 2 === 1);
  const [x, y] = [Math.floor(Math.min(...xs)), Math.floor(Math.min(...ys))];
  return `${source.id ?? source}#xywh=${x},${y},${Math.ceil(Math.max(...xs)) - x},${Math.ceil(Math.max(...ys)) - y}`;
}

function words(html) {
  return new DOMParser().parseFromString(html, "text/html").body.textContent;
}

globalThis.glossator = { uv };
