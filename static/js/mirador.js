// /view/<source>?viewer=mirador: the bundled Mirador with the annotation panel open and every box drawn.

import { fetchPage } from "./pages.js";
import { onShow } from "./status.js";
import { turned } from "./turned.js";

const place = document.getElementById("viewer");
const wide = matchMedia("(min-width: 48rem)").matches;
const dark = matchMedia("(prefers-color-scheme: dark)").matches;

// Mirador 4.0.0 shows commenting and tagging only, unless told otherwise.
const MOTIVATIONS = [
  "assessing", "bookmarking", "classifying", "commenting", "describing", "editing", "highlighting", "identifying", "linking",
  "moderating", "questioning", "replying", "supplementing", "tagging", "transcribing", "translating",
];

// Mirador strokes every box one pixel wide; the shadow makes it as heavy as a line in red chalk.
const stroke = (color) => ({ strokeStyle: color, globalAlpha: 1, shadowColor: color, shadowBlur: 3 });
const annotations = { default: stroke("#c2361f"), hovered: stroke("#e8590c"), selected: stroke("#e8a200") };

const scaled = new WeakSet(); // OpenSeadragon viewers

const viewer = Mirador.viewer({
  id: "viewer",
  selectedTheme: dark ? "dark" : "light",
  themes: {
    light: theme("#9b2d1f", "#fffdf7", { dark: "#e9e0cf", main: "#fffdf7", light: "#f6f0e4" }),
    dark: theme("#e58a78", "#221e1a", { dark: "#100e0c", main: "#221e1a", light: "#2c2722" }),
  },
  annotations: { filteredMotivations: [...MOTIVATIONS, ...MOTIVATIONS.map((name) => `oa:${name}`), "sc:painting"] },
  window: {
    allowClose: false,
    allowFullscreen: true,
    allowMaximize: false,
    defaultSidebarPanelWidth: 290,
    highlightAllAnnotations: true,
    hideWindowTitle: true,
    sideBarOpen: wide, // on a telephone the panel would leave nothing of the page
    sideBarPanel: "annotations",
  },
  windows: [{ id: "glossator", manifestId: place.dataset.manifest, canvasId: place.dataset.canvas || undefined, ...start(place) }],
  workspace: { allowNewWindows: false, showZoomControls: true },
  workspaceControlPanel: { enabled: false },
}, [{ target: "OpenSeadragonViewer", mode: "add", component: InCanvasUnits }]);

/** Where a link to a region opens: OpenSeadragon's zoom is 1 over the width that is on show, in canvas units. */
function start({ dataset: { region }, clientWidth, clientHeight }) {
  if (!region) return {};
  const [x, y, width, height] = region.split(",").map(Number);
  const shown = 1.4 * Math.max(width, (height * clientWidth) / clientHeight);
  return { initialViewerConfig: { x: x + width / 2, y: y + height / 2, zoom: 1 / shown } };
}

function theme(accent, paper, shades) {
  const main = { main: accent };
  return { palette: { primary: main, secondary: main, background: { paper, default: paper }, shades, annotations } };
}

/** Mirador 4.0.0 scales what it draws by the pixels of the first image, as if its canvas had that size (mirador#4533); OpenSeadragon's
    world has the units of the canvas. A plugin, since only plugins are handed the OpenSeadragon viewer. */
function InCanvasUnits({ viewer }) {
  if (viewer && !scaled.has(viewer)) {
    scaled.add(viewer);
    for (let n = 0; n < viewer.world.getItemCount(); n += 1) scale(viewer, viewer.world.getItemAt(n));
    viewer.world.addHandler("add-item", ({ item }) => scale(viewer, item));
  }
  return null;
}

function scale({ viewport }, image) {
  image.viewportToImageZoom = (zoom) => zoom * viewport.getContainerSize().x;
}

const { store } = viewer;
const again = new Map(); // page id or image URI -> null while it is asked for again, or the Error that ended that
const images = `${place.dataset.manifest.split("/iiif/")[0]}/iiif/image/`; // of our own server
store.subscribe(review);

/** Mirador never asks twice for a page that failed, and one that takes longer than the server's deadline fails: ask for it here.
    So it is with a derived image; one that the model has declined to draw is no error to stop the reader for. */
function review() {
  const { annotations, infoResponses, windows } = store.getState();
  const { canvasId, visibleCanvases = [] } = windows.glossator ?? {};
  let waits = false, trouble = null;
  for (const [canvas, pages] of Object.entries(annotations)) {
    for (const { id, error, isFetching } of Object.values(pages)) {
      if (error && !again.has(id)) ask(canvas, id);
      if (!visibleCanvases.includes(canvas)) continue;
      waits ||= isFetching || again.get(id) === null;
      trouble ??= again.get(id);
    }
  }
  for (const { id, error, isFetching } of Object.values(infoResponses)) {
    if (!id?.startsWith(images)) continue;
    if (error && !again.has(id)) askInfo(id);
    waits ||= isFetching || again.get(id) === null;
  }
  turned(canvasId);
  onShow(waits, trouble);
}

async function ask(canvas, id) {
  again.set(id, null);
  try {
    const page = await fetchPage(id);
    again.delete(id);
    store.dispatch(Mirador.receiveAnnotation(canvas, id, page));
  } catch (error) {
    again.set(id, error);
    review();
  }
}

async function askInfo(uri) {
  again.set(uri, null);
  store.dispatch(Mirador.removeError(uri));
  try {
    const info = await fetchPage(`${uri}/info.json`);
    again.delete(uri);
    store.dispatch(Mirador.receiveInfoResponse(uri, info, true));
  } catch (error) {
    again.set(uri, error); // the annotations of the page tell why
    review();
  }
}

globalThis.glossator = { viewer };
