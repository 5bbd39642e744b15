// The access token of this browser tab.
//
// It arrives in the fragment of the link the command line prints. It is kept
// in sessionStorage only: that ends with the tab and is not shared with other
// tabs, while localStorage would leave a working token on disk.

const storageKey = 'paygraph.token';
const listeners = [];

// Also kept here for browsers that refuse storage to this page.
let token = stored();

export function currentToken() {
  return token;
}

// onTokenChange calls listener after every change, with no arguments.
export function onTokenChange(listener) {
  listeners.push(listener);
}

// pasteToken takes a token, a whole link or a whole Authorization header.
// It returns false, and changes nothing, when there is no token in the text.
export function pasteToken(text) {
  const found = text
    .trim()
    .replace(/^.*#token=/, '')
    .replace(/^(Authorization:\s*)?Bearer\s+/i, '');
  if (!/^[\w.~+/=-]+$/.test(found)) {
    return false;
  }
  keep(found);
  return true;
}

export function forgetToken() {
  keep('');
}

// tokenClaims returns what the token says about itself, or null for a token
// that is not a JWT. It is for display only: nothing here checks a signature.
export function tokenClaims() {
  try {
    const payload = token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/');
    const bytes = Uint8Array.from(atob(payload), (c) => c.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims === 'object' ? claims : null;
  } catch {
    return null;
  }
}

function takeFromAddress() {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given === null) {
    return;
  }
  // Without this the token stays in the history and in every copied address.
  history.replaceState(history.state, '', location.pathname + location.search);
  pasteToken(given);
}

function keep(text) {
  token = text;
  try {
    if (text) {
      sessionStorage.setItem(storageKey, text);
    } else {
      sessionStorage.removeItem(storageKey);
    }
  } catch {
    // Storage is refused: the token then lives until the page is reloaded.
  }
  listeners.forEach((listener) => listener());
}

function stored() {
  try {
    return sessionStorage.getItem(storageKey) || '';
  } catch {
    return '';
  }
}

takeFromAddress();
// A second link opened in the same tab only changes the fragment.
addEventListener('hashchange', takeFromAddress);
