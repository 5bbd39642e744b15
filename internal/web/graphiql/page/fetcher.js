// Sends GraphiQL's operations to the gateway.

// createFetcher returns the function GraphiQL calls for every operation.
// report is called with {unauthenticated, introspection} for every answer.
export function createFetcher(endpoint, token, report) {
  return (operation, options = {}) => {
    const post = (accept, signal) => fetch(endpoint, {
      method: 'POST',
      headers: requestHeaders(token, options.headers, accept),
      body: JSON.stringify(operation),
      signal,
    });
    const received = (result, status) => {
      report({
        unauthenticated: status === 401 || hasCode(result, 'UNAUTHENTICATED'),
        introspection: operation.operationName === 'IntrospectionQuery',
      });
      return result;
    };
    return isSubscription(options.documentAST, operation.operationName)
      ? subscribe(post, received)
      : ask(post, received);
  };
}

// The headers editor wins over the token, so that a request can be tried as
// somebody else without changing the token of the tab.
function requestHeaders(token, typed, accept) {
  const headers = new Headers({ 'Content-Type': 'application/json' });
  if (token) {
    headers.set('Authorization', `Bearer ${token}`);
  }
  for (const [name, value] of Object.entries(typed || {})) {
    headers.set(name, String(value));
  }
  headers.set('Accept', accept);
  return headers;
}

function hasCode(result, code) {
  const errors = Array.isArray(result?.errors) ? result.errors : [];
  return errors.some((error) => error?.extensions?.code === code);
}

function isSubscription(document, name) {
  const operations = (document?.definitions || []).filter((d) => d.kind === 'OperationDefinition');
  const chosen = operations.length === 1 ? operations[0] : operations.find((o) => o.name?.value === name);
  return chosen?.operation === 'subscription';
}

async function ask(post, received) {
  try {
    const response = await post('application/graphql-response+json, application/json;q=0.9');
    return received(await resultOf(response), response.status);
  } catch (error) {
    return failure(`The gateway did not answer: ${error.message}`);
  }
}

async function resultOf(response) {
  const body = await response.text();
  try {
    return JSON.parse(body);
  } catch {
    return failure(`The answer is not JSON (HTTP ${response.status}): ${body.slice(0, 300)}`);
  }
}

// failure has the shape of a GraphQL result, because GraphiQL prints a thrown
// error together with its stack.
function failure(message) {
  return { errors: [{ message }] };
}

// subscribe returns the results of a subscription as they arrive. It is not
// simply the generator: ending a generator waits for the event it is waiting
// for, so the stop button would do nothing on a quiet stream.
function subscribe(post, received) {
  const controller = new AbortController();
  const results = stream(post, received, controller.signal);
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => results.next(),
      return: async () => {
        controller.abort();
        return { done: true };
      },
    }),
  };
}

async function* stream(post, received, signal) {
  try {
    const response = await post('text/event-stream', signal);
    if (!response.headers.get('Content-Type')?.startsWith('text/event-stream')) {
      yield received(await resultOf(response), response.status);
      return;
    }
    for await (const { event, data } of serverEvents(response)) {
      if (event === 'complete') {
        return;
      }
      if (data) {
        yield received(JSON.parse(data), response.status);
      }
    }
  } catch (error) {
    if (!signal.aborted) {
      yield failure(`The subscription ended: ${error.message}`);
    }
  }
}

// serverEvents splits a text/event-stream body into its events.
async function* serverEvents(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) {
      return;
    }
    const blocks = (waiting + value).replace(/\r\n?/g, '\n').split('\n\n');
    waiting = blocks.pop();
    yield* blocks.map(parseEvent);
  }
}

function parseEvent(block) {
  const fields = { event: 'message', data: '' };
  for (const line of block.split('\n')) {
    const [, name, value] = /^(event|data): ?(.*)$/.exec(line) || [];
    if (name === 'event') {
      fields.event = value;
    } else if (name === 'data') {
      fields.data += (fields.data && '\n') + value;
    }
  }
  return fields;
}
