// What a dashboard shows of payments. Each document stands where it is used; its types
// are made from it, so that a field that is not selected cannot be read.
import { type Api, execute } from './client.js';
import { graphql } from './gql/index.js';
import type { ListPaymentsQuery, PaymentFilter, RefundMutation, RefundPaymentInput } from './gql/graphql.js';

const summaryDocument = graphql(`
  query Summary($filter: PaymentFilter) {
    paymentSummary(filter: $filter, groupBy: [STATUS]) {
      status
      count
      netAmount { decimal currency }
    }
  }
`);

export async function summary(api: Api, filter?: PaymentFilter) {
  return (await execute(api, summaryDocument, { filter })).paymentSummary;
}

const listDocument = graphql(`
  query ListPayments($filter: PaymentFilter, $after: String) {
    payments(filter: $filter, first: 25, after: $after) {
      nodes {
        id
        humanId
        status
        attention
        createdAt
        finalAmount { decimal currency }
        refundableAmount { minorUnits currency }
        customer { displayName }
        lastError { message }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

export type Payment = ListPaymentsQuery['payments']['nodes'][number];

// payments reads page after page, as far as they are asked for.
export async function* payments(api: Api, filter?: PaymentFilter): AsyncGenerator<Payment> {
  let after: string | null | undefined;
  do {
    const page = (await execute(api, listDocument, { filter, after })).payments;
    yield* page.nodes;
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after);
}

const refundDocument = graphql(`
  mutation Refund($input: RefundPaymentInput!) {
    refundPayment(input: $input) {
      payment { humanId refundedAmount { decimal currency } }
      replayed
      errors {
        __typename
        code
        message
        path
        ... on AmountError { maximum { decimal currency } }
      }
    }
  }
`);

export async function refund(api: Api, input: RefundPaymentInput): Promise<RefundMutation['refundPayment']> {
  return (await execute(api, refundDocument, { input })).refundPayment;
}
