// What the browser remembers between visits. Where storage is forbidden or broken, nothing is remembered, and all works.

export function remembered(name) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? null;
  } catch {
    return null;
  }
}

export function remember(name, value) {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // Private windows and foreign frames may forbid it.
  }
}
