// /view/<source>?viewer=uv: Universal Viewer reads no annotations of a manifest, but draws those it is handed. So the pages of the
// canvases on show are fetched here, as Mirador does it, and handed over as string targets with integer xywh, the only kind it takes.

import { fetchPage } from "./pages.js";
import { onShow } from "./status.js";
import { turned } from "./turned.js";

const place = document.getElementById("viewer");
const manifestUrl = place.dataset.manifest;
const manifest = fetch(manifestUrl).then((response) => response.json());
const canvases = manifest.then(({ items }) => items ?? []);
const drawn = [];
const asked = new Map(); // canvas id -> "waits", or the Error that ended that, or null when the annotations are there
let open = []; // ids of the canvases on show
let handing = true; // until the reader searches or clears

const { canvas: canvasId, region } = place.dataset;
const target = canvasId && region ? `${canvasId}#xywh=${around(region)}` : undefined;
const uv = UV.init("viewer", { manifest: manifestUrl, embedded: true, canvasId, target });
let aim = target ?? ""; // told again with the first annotations, which would end the way there
setTimeout(() => (aim = ""), 10_000); // by then the reader may have moved on
uv.on("configure", ({ cb }) => cb({
  options: { rightPanelEnabled: matchMedia("(min-width: 60rem)").matches, saveUserSettings: false },
  modules: { openSeadragonCenterPanel: { options: { zoomToInitialAnnotation: false } } },
}));
uv.on("canvasIndexChange", turn);
uv.on("openseadragonExtension.search", stop);
uv.on("clearAnnotations", stop);
addEventListener("resize", () => uv.resize());

// Universal Viewer 4.4.0 shows its search field where there is nothing to ask, and then waits for ever.
manifest.then(({ service = [] }) => {
  const searched = service.some((one) => /^SearchService/.test(one["@type"] ?? one.type));
  place.classList.toggle("unsearched", !searched);
}, () => {}); // the viewer itself says that the manifest is not there

/** With a margin, as in Mirador: the viewer's own footer grows when annotations come, and would cut the region. */
function around(region) {
  const [x, y, width, height] = region.split(",").map(Number);
  const left = Math.max(0, x - 0.2 * width), top = Math.max(0, y - 0.2 * height);
  return [left, top, x + 1.2 * width - left, y + 1.2 * height - top].map(Math.round).join(",");
}

async function turn(index) {
  const all = await canvases;
  const indices = uv.get()?.extension?.getPagedIndices?.(index) ?? [index]; // two canvases in an opening, else one
  open = indices.map((n) => all[n]?.id);
  turned(all[index]?.id);
  for (const n of indices) if (all[n] && !asked.has(all[n].id)) annotate(all[n], n);
  report();
}

async function annotate(canvas, index) {
  asked.set(canvas.id, "waits");
  let trouble = null;
  const pages = (canvas.annotations ?? []).map(async (page) => {
    try {
      return (page.items ? page : await fetchPage(page.id)).items ?? [];
    } catch (error) {
      trouble = error;
      return [];
    }
  });
  const found = (await Promise.all(pages)).flat();
  const scale = await unit(canvas, index);
  if (scale) draw(found, scale);
  asked.set(canvas.id, trouble);
  if (!scale) asked.delete(canvas.id); // the reader was quicker, and may come back
  report();
}

/** Universal Viewer places what it draws by the pixels of the image, as soon as it has that; null if the page was turned before. */
async function unit(canvas, index) {
  while (open.includes(canvas.id)) {
    const image = uv.get()?.extension?.resources?.find((resource) => resource.index === index);
    if (image?.width) return image.width / canvas.width;
    await new Promise((done) => setTimeout(done, 100));
  }
  return null;
}

function report() {
  const states = open.map((id) => asked.get(id));
  onShow(states.includes("waits"), states.find((state) => state instanceof Error));
}

/** Universal Viewer shows what it is handed in the place of what a search has found, and the other way round. */
function stop() {
  handing = false;
}

function draw(annotations, scale) {
  const rectangles = annotations.map((annotation) => rectangle(annotation, scale)).filter(Boolean);
  if (!rectangles.length || !handing) return;
  drawn.push(...rectangles);
  uv.set({ annotations: [...drawn], target: aim }); // an old target would move the page under the reader
  aim = "";
}

/** What the viewer takes: a string target, and words. A polygon becomes its bounding box; a whole canvas has nothing to draw. */
function rectangle({ target, body }, scale) {
  const region = typeof target === "string" ? target : bounds(target);
  const [canvas, numbers] = region?.split("#xywh=") ?? [];
  if (!/^\d+,\d+,\d+,\d+$/.test(numbers)) return null;
  const scaled = numbers.split(",").map((number) => Math.round(number * scale));
  return { target: `${canvas}#xywh=${scaled}`, bodyValue: words([body].flat()[0]?.value ?? "") };
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
