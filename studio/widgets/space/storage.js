// What the browser keeps of a visitor's things. A browser may refuse to keep anything, or have no room.

export function kept(key) {
  try {
    return window.localStorage.getItem(key);
  } catch {
    return null;
  }
}

// Returns whether it is kept.
export function keep(key, text) {
  try {
    window.localStorage.setItem(key, text);
    return true;
  } catch {
    return false;
  }
}
