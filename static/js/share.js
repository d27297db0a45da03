// Copy buttons, and the IIIF drag-and-drop icon. Without this script the links can still be selected and dragged.

for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", () => copy(button));
}

for (const icon of document.querySelectorAll("a[data-iiif-content]")) {
  icon.addEventListener("dragstart", (event) => {
    // Content State 1.0, section 3.5: the state as text; Mirador reads the link's ?manifest=.
    event.dataTransfer.setData("text/plain", icon.dataset.iiifContent);
    event.dataTransfer.setData("text/uri-list", icon.href);
  });
}

for (const menu of document.querySelectorAll(".bar details")) {
  document.addEventListener("click", (event) => menu.contains(event.target) || (menu.open = false));
  menu.addEventListener("keydown", (event) => event.key === "Escape" && (menu.open = false));
}

for (const box of document.querySelectorAll("a[role=checkbox]")) {
  box.addEventListener("keydown", (event) => {
    if (event.key !== " ") return; // Enter follows a link by itself, Space is for checkboxes (ARIA)
    event.preventDefault();
    box.click();
  });
}

async function copy(button) {
  const field = document.getElementById(button.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    document.execCommand("copy"); // navigator.clipboard exists only on https and localhost
  }
  const words = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = words), 1500);
}
