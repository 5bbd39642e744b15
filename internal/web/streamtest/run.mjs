// Follows the events of payments with the npm clients graphql-ws and graphql-sse until
// each has seen so many, and prints every event as a line of JSON. When a connection
// ends they go on at the next server, behind the last event that they saw.
//
//   node run.mjs TOKEN CURSOR COUNT URL [URL…]
import { createClient as socketClient } from 'graphql-ws';
import { createClient as eventClient } from 'graphql-sse';
import WebSocket from 'ws';

const [token, cursor, count, ...servers] = process.argv.slice(2);
const authorization = `Bearer ${token}`;
const query = `subscription($after: EventCursor) {
  paymentEvents(after: $after) { cursor seq type status actor payment { id } }
}`;

const clients = {
  'graphql-ws': (url) => socketClient({
    url: url.replace(/^http/, 'ws'), webSocketImpl: WebSocket, retryAttempts: 0,
    connectionParams: { Authorization: authorization },
  }),
  'graphql-sse': (url) => eventClient({ url, retryAttempts: 0, headers: { Authorization: authorization } }),
};

// follow subscribes anew when a stream ends: the clients' own retries would send the old
// cursor again.
async function follow(name) {
  let after = cursor;
  let seen = 0;
  for (let server = 0; seen < Number(count); server = (server + 1) % servers.length) {
    const client = clients[name](servers[server]);
    try {
      for await (const { data, errors } of client.iterate({ query, variables: { after } })) {
        if (errors) throw new Error(JSON.stringify(errors));
        after = data.paymentEvents.cursor;
        seen += 1;
        console.log(JSON.stringify({ client: name, server, event: data.paymentEvents }));
        if (seen === Number(count)) break;
      }
      if (seen < Number(count)) console.log(JSON.stringify({ client: name, server, ended: 'complete' }));
    } catch (reason) {
      console.log(JSON.stringify({ client: name, server, ended: String(reason?.code ?? reason?.message ?? reason) }));
      await new Promise((resolve) => setTimeout(resolve, 50));
    } finally {
      await client.dispose();
    }
  }
}

await Promise.all(Object.keys(clients).map(follow));
