// Prints what happens to payments, from now on or behind the cursor that is given, and
// what to begin with next time:
//
//	npm ci && npm run build
//	PAYGRAPH_TOKEN=… npm run --silent follow -- http://127.0.0.1:8080/graphql [CURSOR] [HOW MANY]
import { WebSocket } from 'ws'; // browsers, and Node.js from 22 on, have their own
import { ApiError } from './client.js';
import { events } from './live.js';

const [, , url = 'http://127.0.0.1:8080/graphql', cursor, most = 'Infinity'] = process.argv;
let told = 0;
try {
  for await (const { cursor: next, type, status, payment } of events({ url, token: process.env['PAYGRAPH_TOKEN'] ?? '' }, cursor || undefined, undefined, WebSocket)) {
    const what = payment ? `${payment.humanId} ${payment.finalAmount.decimal} ${payment.finalAmount.currency}` : 'a payment';
    console.log(`${what}: ${type}, ${status} (${next})`);
    if (++told >= Number(most)) {
      break;
    }
  }
} catch (error) {
  console.error(error instanceof ApiError ? error.message : error);
  process.exitCode = 1;
}
