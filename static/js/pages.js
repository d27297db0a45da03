// Annotation pages of our server. One that is still being computed answers 503 with Retry-After: ask again, as long as the visitor stays.

const PATIENCE = 40; // requests, each held by the server up to its deadline

export async function fetchPage(url) {
  for (let asked = 0; asked < PATIENCE; asked += 1) {
    const response = await fetch(url);
    if (response.ok) return response.json();
    if (response.status !== 503 && response.status !== 429) throw new Error(`${url}: ${response.status}`);
    await pause(Number(response.headers.get("Retry-After")) || 5);
  }
  throw new Error(`${url}: still not computed`);
}

function pause(seconds) {
  return new Promise((done) => setTimeout(done, 1000 * Math.min(Math.max(seconds, 1), 60)));
}
