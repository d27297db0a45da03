// index.html of a static export: Mirador with the manifest beside it, at the place that ?iiif-content= names.

import { look, plugins } from "./look.js";

globalThis.glossator = { viewer: Mirador.viewer({
  id: "viewer",
  ...look,
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
}, plugins) };

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
