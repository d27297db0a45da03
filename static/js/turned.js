// The address, and the links to other layers and viewers, follow the page on show, so that none of them goes back to the first page.

let current = null;

/** The viewer turned to this canvas. */
export function turned(canvas) {
  if (!canvas || canvas === current) return;
  current = canvas;
  history.replaceState(history.state, "", at(location.href));
  for (const link of document.querySelectorAll("a[data-keeps-page]")) link.href = at(link.href);
  for (const icon of document.querySelectorAll("a[data-iiif-content]")) carry(icon);
}

/** The icon carries the page on show: as a content state for those who read it, as ?manifest=&canvas= for Mirador. */
function carry(icon) {
  const { manifest } = document.getElementById("viewer").dataset;
  const state = { id: current, type: "Canvas", partOf: [{ id: manifest, type: "Manifest" }] };
  icon.dataset.iiifContent = JSON.stringify(state);
  icon.href = at(icon.href);
}

/** A region that was linked to belongs to its own canvas. */
function at(href) {
  const { canvas, region } = document.getElementById("viewer").dataset, url = new URL(href);
  url.searchParams.set("canvas", current);
  if (region && current === canvas) url.searchParams.set("region", region);
  else url.searchParams.delete("region");
  return url.href;
}
