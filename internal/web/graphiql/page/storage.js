// What GraphiQL keeps between visits: tabs, history and sizes of its panes.

const prefix = 'paygraph:';

// browserStorage is the storage GraphiQL is given.
//
// GraphiQL writes the headers editor into its history even when it is told not
// to keep headers. Somebody who typed an Authorization header there would
// leave a token in localStorage, so headers are taken out on the way.
export const browserStorage = {
  getItem: (key) => attempt(() => localStorage.getItem(prefix + key)) ?? null,
  // Not attempted: GraphiQL itself handles a full or refused storage here.
  setItem: (key, value) => localStorage.setItem(prefix + key, withoutHeaders(key, value)),
  removeItem: (key) => attempt(() => localStorage.removeItem(prefix + key)),
  clear: () => ownKeys().forEach((key) => localStorage.removeItem(key)),
  get length() {
    return ownKeys().length;
  },
};

// startingTabs turns the examples into GraphiQL's tabs. In a browser without
// stored tabs it also stores the first one as the open query: GraphiQL drops
// the variables of its first tab otherwise, and opens one empty tab more at
// the next visit.
export function startingTabs(examples) {
  const tabs = tabsOf(examples);
  if (tabs.length > 0 && !browserStorage.getItem('graphiql:tabState')) {
    attempt(() => putInFront(tabs[0]));
  }
  return tabs.length > 0 ? tabs : undefined;
}

// addExamples puts those examples beside the stored tabs that are not among them, the
// first of all in front. GraphiQL shows them when the page is loaded again.
export function addExamples(examples) {
  const added = tabsOf(examples);
  const stored = attempt(() => JSON.parse(browserStorage.getItem('graphiql:tabState'))?.tabs) ?? [];
  const missing = added.filter((a) => !stored.some((s) => s.query === a.query && (s.variables ?? '') === a.variables));
  const tabs = [...stored, ...missing.map(tabState)];
  if (added.length > 0) {
    attempt(() => {
      browserStorage.setItem('graphiql:tabState', JSON.stringify({ tabs, activeTabIndex: 0 }));
      putInFront(added[0]);
    });
  }
}

function tabsOf(examples) {
  return examples.map(({ name, query, variables }) => ({
    query: name ? `# ${name.replace(/\s+/g, ' ')}\n${query}` : query,
    variables,
  }));
}

// putInFront makes GraphiQL open the tab that has this query and these variables.
function putInFront({ query, variables }) {
  browserStorage.setItem('graphiql:query', query);
  browserStorage.setItem('graphiql:variables', variables);
}

// tabState is a tab as GraphiQL stores it: one without any of these is dropped.
function tabState({ query, variables }, index) {
  const operationName = /^\s*(?:query|mutation|subscription)\s+(\w+)/m.exec(query)?.[1] ?? null;
  const title = operationName ?? '<untitled>';
  return { id: `example-${Date.now()}-${index}`, title, query, variables, operationName, headers: null, response: null };
}

function withoutHeaders(key, value) {
  if (key !== 'graphiql:queries' && key !== 'graphiql:favorites') {
    return value;
  }
  return JSON.stringify(JSON.parse(value), (name, part) => (name === 'headers' ? undefined : part));
}

function ownKeys() {
  return attempt(() => Object.keys(localStorage).filter((key) => key.startsWith(prefix))) ?? [];
}

// Reading the storage throws in a browser that refuses it to this page.
function attempt(action) {
  try {
    return action();
  } catch {
    return undefined;
  }
}
