// Uploads of scans: how far the sending is, then how far the work. Without this script the form is sent all the same.

for (const form of document.querySelectorAll("form[data-upload]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}

function send(form) {
  const [bar, words] = form.querySelectorAll("progress, output");
  const request = new XMLHttpRequest();
  const button = form.querySelector("button");
  bar.hidden = false;
  button.disabled = true;
  tell(bar, words, 0, 0, "Sending…");
  request.upload.addEventListener("progress", ({ loaded, total }) =>
    tell(bar, words, loaded, total, loaded < total ? "Sending…" : "Reading…"),
  );
  request.addEventListener("progress", () => step(request, bar, words));
  request.addEventListener("loadend", () => {
    button.disabled = false;
    bar.hidden = true;
    end(request, words);
  });
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/x-ndjson");
  request.send(new FormData(form));
}

function tell(bar, words, done, total, text) {
  if (total) {
    bar.max = total;
    bar.value = done;
  } else {
    bar.removeAttribute("value");
  }
  words.textContent = text;
}

function lines(request) {
  const whole = request.responseText.split("\n").slice(0, -1);
  return whole.map((line) => JSON.parse(line));
}

function step(request, bar, words) {
  if (request.status !== 200) return;
  const last = lines(request).findLast((line) => line.step);
  if (last) tell(bar, words, last.step.done, last.step.total, `${last.step.done} of ${last.step.total}: ${last.step.doing}`);
}

function end(request, words) {
  if (request.status !== 200) return fail(request, words);
  const last = lines(request).at(-1) ?? {};
  if (!last.source) {
    words.textContent = last.problem?.detail ?? "The server broke off. Send it again; what is done is kept.";
    return;
  }
  const { href, pages, left_out: left } = last.source;
  if (!left.length) {
    location.assign(href);
    return;
  }
  const link = document.createElement("a");
  link.href = href;
  link.textContent = "Go on to the book";
  const list = document.createElement("ul");
  list.append(...left.map((one) => item(`${one.name} ${one.reason}.`)));
  words.replaceChildren(`${pages} pages; ${left.length} files were left out. `, link, list);
}

function fail(request, words) {
  try {
    words.textContent = JSON.parse(request.responseText).detail;
  } catch {
    words.textContent = request.status ? `The server answered ${request.status}.` : "The server does not answer.";
  }
}

function item(text) {
  const made = document.createElement("li");
  made.textContent = text;
  return made;
}
