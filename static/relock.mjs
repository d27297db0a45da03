// Keeps in package-lock.json only what package.json names. All four packages ship ready bundles, so what they were built
// from (some 700 MB) is never installed; `npm ci` still checks the integrity hash of each. Run by `npm run relock` after a
// version was changed in package.json.
import { readFileSync, writeFileSync } from "node:fs";

const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
const root = lock.packages[""];
const packages = { "": root };
for (const name of Object.keys(root.dependencies)) {
  const { version, integrity, license } = lock.packages[`node_modules/${name}`];
  packages[`node_modules/${name}`] = { version, integrity, license };
}
writeFileSync("package-lock.json", `${JSON.stringify({ ...lock, packages }, null, 2)}\n`);
