// /view/<source>?viewer=mirador: the bundled Mirador with the annotation panel open and every box drawn.

import { look, plugins } from "./look.js";
import { fetchPage } from "./pages.js";
import { onShow } from "./status.js";
import { turned } from "./turned.js";

const place = document.getElementById("viewer");
const wide = matchMedia("(min-width: 48rem)").matches;

const viewer = Mirador.viewer({
  id: "viewer",
  ...look,
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
}, plugins);

/** Where a link to a region opens: OpenSeadragon's zoom is 1 over the width that is on show, in canvas units. */
function start({ dataset: { region }, clientWidth, clientHeight }) {
  if (!region) return {};
  const [x, y, width, height] = region.split(",").map(Number);
  const shown = 1.4 * Math.max(width, (height * clientWidth) / clientHeight);
  return { initialViewerConfig: { x: x + width / 2, y: y + height / 2, zoom: 1 / shown } };
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
