// Prints what a dashboard's first page shows, and has one refund refused:
//
//	npm ci && npm run build
//	PAYGRAPH_TOKEN=… npm start --silent -- http://127.0.0.1:8080/graphql
import { type Api, ApiError } from './client.js';
import { type Payment, payments, refund, summary } from './payments.js';

// word says a status to people. The compiler knows all statuses of today; a new one
// comes as itself.
function word(status: Payment['status']): string {
  switch (status) {
    case 'CONFIRMED':
      return 'paid and settled';
    case 'REQUIRES_ACTION':
      return 'waits for the payer';
    case 'PENDING_APPROVAL':
      return 'waits for approval';
    default:
      return status.toLowerCase().replaceAll('_', ' ');
  }
}

async function show(api: Api): Promise<void> {
  console.log('By status:');
  for (const { status, count, netAmount } of await summary(api)) {
    console.log(`  ${status && word(status)}: ${count}, net ${netAmount.decimal} ${netAmount.currency}`);
  }
  console.log('Newest:');
  let refundable: Payment | undefined;
  let total = 0;
  for await (const payment of payments(api)) {
    total++;
    if (total <= 5) {
      const { humanId, finalAmount, customer } = payment;
      console.log(`  ${humanId} ${finalAmount.decimal} ${finalAmount.currency} ${word(payment.status)} ${customer?.displayName ?? ''}`);
    }
    if (payment.refundableAmount.minorUnits > 0) {
      refundable = payment;
    }
  }
  console.log(`${total} payments in all.`);
  if (refundable) {
    await refundTooMuch(api, refundable);
  }
}

// refundTooMuch shows how a refusal reads: by type, with what would have been possible.
async function refundTooMuch(api: Api, { id, humanId, refundableAmount }: Payment): Promise<void> {
  const { errors } = await refund(api, {
    idempotencyKey: `dashboard-example-${id}`,
    paymentId: id,
    amount: { minorUnits: refundableAmount.minorUnits + 1, currency: refundableAmount.currency },
  });
  for (const error of errors) {
    const most = error.__typename === 'AmountError' && error.maximum ? ` At most ${error.maximum.decimal}.` : '';
    console.log(`Refund of ${humanId} refused: ${error.code} at ${error.path?.join('.')}.${most}`);
  }
}

const [, , url = 'http://127.0.0.1:8080/graphql'] = process.argv;
try {
  await show({ url, token: process.env['PAYGRAPH_TOKEN'] ?? '' });
} catch (error) {
  console.error(error instanceof ApiError ? error.message : error);
  process.exitCode = 1;
}
