// Copies from node_modules into vendor/ the files that are served, with the licence of each package.
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";

const served = {
  mirador: ["dist/mirador.min.js", "LICENSE"],
  universalviewer: ["dist/umd", "dist/uv.css", "LICENSE.txt"],
  "htmx.org": ["dist/htmx.min.js", "LICENSE"],
  "@picocss/pico": ["css/pico.classless.min.css", "LICENSE.md"],
};

rmSync("vendor", { recursive: true, force: true });
for (const [name, files] of Object.entries(served)) {
  const folder = join("vendor", basename(name));
  mkdirSync(folder, { recursive: true });
  for (const file of files) cpSync(join("node_modules", name, file), join(folder, basename(file)), { recursive: true });
}
