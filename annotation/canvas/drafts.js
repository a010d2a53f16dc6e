// Drafts in the browser's own database: what was drawn survives a closed tab, a crash and a dead network.

const NAME = "handseg";
const STORE = "drafts";
const DAYS_KEPT = 30;

let opened = null;

export async function keepDraft(key, draft) {
  await ask("readwrite", (drafts) => drafts.put({ ...draft, keptAt: Date.now() }, key));
}

export function findDraft(key) {
  return ask("readonly", (drafts) => drafts.get(key));
}

export function dropDraft(key) {
  return ask("readwrite", (drafts) => drafts.delete(key));
}

// Drafts of long ago, of photos that others have finished.
export async function dropOldDrafts() {
  const database = await open();
  const drafts = database.transaction(STORE, "readwrite").objectStore(STORE);
  drafts.openCursor().onsuccess = ({ target: { result: cursor } }) => {
    if (!cursor) return;
    if (cursor.value.keptAt < Date.now() - DAYS_KEPT * 86_400_000) cursor.delete();
    cursor.continue();
  };
}

async function ask(mode, act) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(STORE, mode);
    const request = act(transaction.objectStore(STORE));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

function open() {
  opened ||= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}
