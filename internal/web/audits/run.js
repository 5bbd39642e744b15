// Sends a running server the audits of graphql-http, the reference implementation of
// "GraphQL over HTTP", and lists those that fail.
//
//   npm ci
//   node run.js http://127.0.0.1:8080/graphql TOKEN
//
// The audits know no credentials, so the token is added to each of their requests. It
// fails when one of them does, a MAY too. The same checks stand as TestOverHTTP in
// internal/app, which needs no Node.

import { serverAudits } from 'graphql-http';

const [url, token] = process.argv.slice(2);
if (!token) {
  console.error('usage: node run.js URL TOKEN');
  process.exit(2);
}

const audits = serverAudits({
  url,
  fetchFn: (address, options = {}) =>
    fetch(address, { ...options, headers: { ...options.headers, authorization: `Bearer ${token}` } }),
});

let failed = 0;
for (const audit of audits) {
  const result = await audit.fn();
  if (result.status !== 'ok') {
    failed++;
    console.log(`${audit.id} ${audit.name}\n     ${result.reason}: ${result.response.status} ${await textOf(result.response)}`);
  }
}
console.log(`${audits.length - failed} of ${audits.length} audits pass`);
process.exitCode = failed === 0 && audits.length > 0 ? 0 : 1;

// textOf is the body of an answer, unless the audit has read it.
async function textOf(response) {
  return response.bodyUsed ? '' : (await response.text()).slice(0, 300);
}
