// The bar above GraphiQL: whose token is in use, and what to do without one.

import { currentToken, forgetToken, pasteToken, tokenClaims } from './token.js';

const element = (id) => document.getElementById(id);
const tokenCommand = 'paygraph token --company demo --environment sandbox --role admin';
const longestTimer = 2 ** 31 - 1; // milliseconds; a longer one fires at once

let expiryTimer;

// startBar makes the field and the buttons work.
export function startBar(showExamples) {
  element('examples').addEventListener('click', showExamples);
  element('token-form').addEventListener('submit', (event) => {
    event.preventDefault();
    const field = element('token-field');
    if (pasteToken(field.value)) {
      field.value = '';
    } else {
      notify('That text holds no token. ', true);
    }
  });
  element('forget').addEventListener('click', forgetToken);
}

// showToken writes what the current token says about itself into the bar.
export function showToken() {
  const has = currentToken() !== '';
  const claims = tokenClaims() || {};
  const unknown = has ? 'unknown' : 'none';
  const environment = text(claims.environment ?? claims.env ?? claims.mode).toUpperCase();
  element('bar').dataset.environment = environment;
  element('environment').textContent = environment || unknown;
  element('role').textContent = text(claims.role).toLowerCase() || unknown;
  element('forget').disabled = !has;
  document.title = environment ? `PayGraph ${environment}` : 'PayGraph';
  notify('');
  showExpiry(claims.exp);
  if (!has) {
    notify('There is no token yet. ', true);
  }
}

// showAnswer reacts to one answer of the endpoint. The introspection query may
// be allowed without a token, so only other operations clear the notice.
export function showAnswer({ unauthenticated, introspection }) {
  if (unauthenticated) {
    notify('The token is missing or has expired. ', true);
  } else if (!introspection) {
    notify('');
  }
}

function showExpiry(seconds) {
  clearTimeout(expiryTimer);
  const at = new Date(seconds * 1000);
  if (!Number.isFinite(at.getTime())) {
    element('expires').textContent = '–';
    return;
  }
  const left = at - Date.now();
  const sameDay = at.toDateString() === new Date().toDateString();
  element('expires').textContent = left <= 0 ? 'expired'
    : sameDay ? at.toLocaleTimeString() : at.toLocaleString();
  if (left <= 0) {
    notify('The token has expired. ', true);
  } else {
    expiryTimer = setTimeout(() => showExpiry(seconds), Math.min(left, longestTimer));
  }
}

// notify shows a sentence, with the way to get a token behind it when asked.
function notify(sentence, withCommand = false) {
  const notice = element('notice');
  notice.replaceChildren(sentence);
  if (withCommand) {
    const code = document.createElement('code');
    code.textContent = tokenCommand;
    notice.append('Get one with ', code, ' and paste it into the field above.');
  }
}

// Claims come from a token that nobody has checked: show short text only.
function text(claim) {
  return typeof claim === 'string' ? claim.slice(0, 40) : '';
}
