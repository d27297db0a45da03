// Annotation pages of our server. One that is still being computed answers 503 with Retry-After: ask again, as long as the visitor stays.

const PATIENCE = 40; // requests, each held by the server up to its deadline

/** The page as JSON; throws an Error whose message is for people, its `cause` for those who want to know more. */
export async function fetchPage(url) {
  for (let asked = 0; asked < PATIENCE; asked += 1) {
    const response = await fetch(url);
    if (response.ok) return response.json();
    if (response.status !== 503 && response.status !== 429) throw await problem(response);
    await pause(Number(response.headers.get("Retry-After")) || 5);
  }
  throw new Error("This page is still not computed");
}

/** What application/problem+json says; a proxy between may say nothing that can be read. */
async function problem(response) {
  const told = await response.json().catch(() => ({}));
  return new Error(told.title ?? `The server answered ${response.status}`, { cause: told.detail });
}

function pause(seconds) {
  return new Promise((done) => setTimeout(done, 1000 * Math.min(Math.max(seconds, 1), 60)));
}
