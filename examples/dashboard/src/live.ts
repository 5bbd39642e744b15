// What happens to payments, told as it happens.
import { createClient } from 'graphql-ws';
import { type Api, ApiError } from './client.js';
import { graphql } from './gql/index.js';
import type { PaymentEventFilter, PaymentEventsSubscription } from './gql/graphql.js';

const eventsDocument = graphql(`
  subscription PaymentEvents($filter: PaymentEventFilter, $after: EventCursor) {
    paymentEvents(filter: $filter, after: $after) {
      cursor
      type
      status
      payment { humanId finalAmount { decimal currency } }
    }
  }
`);

export type PaymentEvent = PaymentEventsSubscription['paymentEvents'];

// Close codes after which it makes no sense to come back with the same token or request.
const unauthorized = 4401;
const badRequest = 4400;

// closeCode is the code that a connection was closed with; undefined for other failures.
function closeCode(reason: unknown): number | undefined {
  return typeof reason === 'object' && reason !== null && 'code' in reason && typeof reason.code === 'number' ? reason.code : undefined;
}

// isSocketError is whether a socket had an error, as it has where nobody answers. It says so
// before it closes, so that there is no close code.
function isSocketError(reason: unknown): boolean {
  return typeof reason === 'object' && reason !== null && 'type' in reason && reason.type === 'error';
}

// events tells every event behind a cursor once and in order, across broken connections
// and restarts of servers, until nobody asks for more; a server that is not there is waited
// for. Without a cursor it begins with what happens next, and until its first event does so
// after each break. The client's own retries would send the first cursor again, so they
// are off: a new connection goes on behind the last event. The socket is the browser's
// own unless another is given.
export async function* events(api: Api, after?: string, filter?: PaymentEventFilter, webSocketImpl?: unknown): AsyncGenerator<PaymentEvent> {
  for (let wait = 500; ; wait = Math.min(2 * wait, 30_000)) {
    const client = createClient({
      url: api.url.replace(/^http/, 'ws'),
      webSocketImpl,
      retryAttempts: 0,
      connectionParams: { Authorization: `Bearer ${api.token}` }, // browsers send no header with a websocket
    });
    try {
      const query = { query: eventsDocument.toString(), variables: { filter, after } };
      for await (const { data, errors } of client.iterate<PaymentEventsSubscription>(query)) {
        if (data?.paymentEvents) {
          after = data.paymentEvents.cursor ?? after;
          wait = 250;
          yield data.paymentEvents;
          continue;
        }
        const { code, requestId } = (errors?.[0]?.extensions ?? {}) as { code?: string; requestId?: string };
        throw new ApiError(errors?.[0]?.message ?? 'No data', code ?? 'UNKNOWN', requestId, undefined);
      }
    } catch (reason) {
      const code = closeCode(reason);
      if (code === unauthorized) {
        throw new ApiError('A valid credential is needed.', 'UNAUTHENTICATED', undefined, undefined);
      }
      if ((code === undefined && !isSocketError(reason)) || code === badRequest) {
        throw reason;
      }
    } finally {
      await client.dispose();
    }
    await new Promise((resolve) => setTimeout(resolve, wait * (0.5 + Math.random()))); // not all at once
  }
}
