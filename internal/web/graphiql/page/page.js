// Starts GraphiQL and keeps it in step with the token.

/* global React, ReactDOM, GraphiQL */
import { showAnswer, showToken, startBar } from './bar.js';
import { createFetcher } from './fetcher.js';
import { addExamples, browserStorage, startingTabs } from './storage.js';
import { currentToken, onTokenChange } from './token.js';

// The dialogs put this nonce on the style element they create; the page's
// policy refuses that element without it.
window.__webpack_nonce__ = document.getElementById('page-style').nonce;

const examples = await loadExamples();
const defaultTabs = startingTabs(examples);
const root = ReactDOM.createRoot(document.getElementById('graphiql'));

// A new fetcher makes GraphiQL load the schema again, as the new token sees it.
function render() {
  showToken();
  root.render(React.createElement(GraphiQL, {
    fetcher: createFetcher(document.body.dataset.endpoint, currentToken(), showAnswer),
    defaultTabs,
    storage: browserStorage,
    shouldPersistHeaders: false,
  }));
}

// The page is of use without examples, so failing to load them is no error.
async function loadExamples() {
  try {
    const response = await fetch('/graphiql/examples.json');
    return response.ok ? await response.json() : [];
  } catch {
    return [];
  }
}

startBar(() => {
  addExamples(examples);
  location.reload();
});
onTokenChange(render);
render();
