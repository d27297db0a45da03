// The home page takes what other IIIF sites let be dragged: a content state, or a link with ?manifest= (Content State 1.0, section 3.5).

const opening = document.getElementById("paste")?.action;

if (opening) {
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", drop);
}

function drop(event) {
  const text = event.dataTransfer.getData("text/plain").trim();
  const link = event.dataTransfer.getData("text/uri-list").split("\n").find((line) => line && !line.startsWith("#"))?.trim();
  const target = destination(text) ?? destination(link);
  if (!target) return;
  event.preventDefault();
  location.assign(target);
}

/** JSON has to be encoded to stand in a link (section 6.1); a URL is opened as if it had been pasted. */
function destination(text) {
  if (!text) return null;
  const url = new URL(opening);
  if (text.startsWith("{")) url.searchParams.set("iiif-content", encoded(text));
  else if (/^https?:\/\//.test(text)) url.searchParams.set("url", text);
  else return null;
  return url.href;
}

function encoded(text) {
  return btoa(encodeURIComponent(text)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
