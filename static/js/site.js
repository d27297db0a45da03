// index.html of a static export: Mirador with the manifest beside it, at the place that ?iiif-content= names.

const MOTIVATIONS = [
  "assessing", "bookmarking", "classifying", "commenting", "describing", "editing", "highlighting", "identifying", "linking",
  "moderating", "questioning", "replying", "supplementing", "tagging", "transcribing", "translating",
];
const stroke = (color) => ({ strokeStyle: color, globalAlpha: 1, shadowColor: color, shadowBlur: 3 });
const annotations = { default: stroke("#c2361f"), hovered: stroke("#e8590c"), selected: stroke("#e8a200") };
const scaled = new WeakSet(); // OpenSeadragon viewers

globalThis.glossator = { viewer: Mirador.viewer({
  id: "viewer",
  selectedTheme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light",
  themes: {
    light: theme("#9b2d1f", "#fffdf7", { dark: "#e9e0cf", main: "#fffdf7", light: "#f6f0e4" }),
    dark: theme("#e58a78", "#221e1a", { dark: "#100e0c", main: "#221e1a", light: "#2c2722" }),
  },
  annotations: { filteredMotivations: [...MOTIVATIONS, ...MOTIVATIONS.map((name) => `oa:${name}`), "sc:painting"] },
  window: {
    allowClose: false,
    allowMaximize: false,
    highlightAllAnnotations: true,
    sideBarOpen: matchMedia("(min-width: 48rem)").matches,
    sideBarPanel: "annotations",
  },
  windows: [{ id: "glossator", manifestId: new URL("manifest.json", location).href, canvasId: asked() }],
  workspace: { allowNewWindows: false, showZoomControls: true },
  workspaceControlPanel: { enabled: false },
}, [{ target: "OpenSeadragonViewer", mode: "add", component: InCanvasUnits }]) };

function theme(accent, paper, shades) {
  const main = { main: accent };
  return { palette: { primary: main, secondary: main, background: { paper, default: paper }, shades, annotations } };
}

/** The canvas that a content state names (IIIF Content State 1.0, base64url of its URI encoding). */
function asked() {
  const state = new URLSearchParams(location.search).get("iiif-content");
  if (!state) return undefined;
  try {
    const told = JSON.parse(decodeURIComponent(atob(state.replaceAll("-", "+").replaceAll("_", "/"))));
    const target = [told.target ?? told].flat()[0];
    const canvas = target.source ?? target;
    return (canvas.id ?? canvas).split("#")[0];
  } catch {
    return undefined;
  }
}

/** Mirador 4.0.0 scales what it draws by the pixels of the first image, as if its canvas had that size (mirador#4533). */
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
