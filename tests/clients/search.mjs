// Asks a manifest's own search services with the clients of @iiif/helpers: node search.mjs MANIFEST Q PREFIX. Prints what they found.
import { createSearch1AutocompleteStore, createSearch1Store, findSearch1Service } from "@iiif/helpers/search1";
import { createSearch2AutocompleteStore, createSearch2Store, findSearch2Service } from "@iiif/helpers/search2";

const [manifestUrl, q, prefix] = process.argv.slice(2);
const manifest = await (await fetch(manifestUrl)).json();

async function ask(service, createStore, createAutocomplete) {
  const search = createStore(service), complete = createAutocomplete(service);
  await search.getState().search({ q });
  search.getState().nextHit();
  await complete.getState().search(prefix);
  const { resources, hits, highlight, error, hasAutocomplete } = search.getState();
  return { resources, hits, highlighted: highlight.results, error, hasAutocomplete, terms: complete.getState().results };
}

const one = findSearch1Service(manifest), two = findSearch2Service(manifest);
process.stdout.write(JSON.stringify({
  one: await ask(one, createSearch1Store, createSearch1AutocompleteStore),
  two: await ask(two, createSearch2Store, createSearch2AutocompleteStore),
}));
