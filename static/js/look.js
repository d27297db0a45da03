// What Mirador looks like here, in the viewer and in a static export.

// Mirador 4.0.0 shows commenting and tagging only, unless told otherwise.
const MOTIVATIONS = [
  "assessing", "bookmarking", "classifying", "commenting", "describing", "editing", "highlighting", "identifying", "linking",
  "moderating", "questioning", "replying", "supplementing", "tagging", "transcribing", "translating",
];

// Mirador strokes every box one pixel wide; the shadow makes it as heavy as a line in red chalk.
const stroke = (color) => ({ strokeStyle: color, globalAlpha: 1, shadowColor: color, shadowBlur: 3 });
const strokes = { default: stroke("#c2361f"), hovered: stroke("#e8590c"), selected: stroke("#e8a200") };

const scaled = new WeakSet(); // OpenSeadragon viewers

/** Part of Mirador's settings. */
export const look = {
  selectedTheme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light",
  themes: {
    light: theme("#9b2d1f", "#fffdf7", { dark: "#e9e0cf", main: "#fffdf7", light: "#f6f0e4" }),
    dark: theme("#e58a78", "#221e1a", { dark: "#100e0c", main: "#221e1a", light: "#2c2722" }),
  },
  annotations: { filteredMotivations: [...MOTIVATIONS, ...MOTIVATIONS.map((name) => `oa:${name}`), "sc:painting"] },
};

export const plugins = [{ target: "OpenSeadragonViewer", mode: "add", component: InCanvasUnits }];

function theme(accent, paper, shades) {
  const main = { main: accent };
  return {
    palette: { primary: main, secondary: main, background: { paper, default: paper }, shades, annotations: strokes },
  };
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
