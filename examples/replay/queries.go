package main

// The documents name their field "result", so that the client can decode every
// answer in one way. Values travel as variables only: text put into a document
// would have to be escaped, and the server could not reuse what it parsed.

const createGatewayDocument = `
mutation CreateGateway($input: CreatePaymentGatewayInput!) {
  result: createPaymentGateway(input: $input) {
    paymentGateway { id }
    errors { code message path }
  }
}`

const createCustomersDocument = `
mutation CreateCustomers($customers: [CustomerInput!]!) {
  result: createCustomers(input: { customers: $customers }) {
    customers { id referenceId }
    errors { code message path }
  }
}`

const createOrdersDocument = `
mutation CreateOrders($orders: [OrderInput!]!) {
  result: createOrders(input: { orders: $orders }) {
    orders { id referenceId }
    errors { code message path }
  }
}`

const findOrdersDocument = `
query FindOrders($references: [String!]!, $currency: CurrencyCode!) {
  result: orders(filter: { referenceIds: $references, currency: $currency }, first: 100) {
    nodes { id referenceId }
  }
}`

const payDocument = `
mutation Pay($input: PayOrdersInput!) {
  result: payOrders(input: $input) {
    transaction { id status }
    errors { code message path ... on IdempotencyError { retryAfterSeconds } }
  }
}`

const previewDocument = `
query Preview($input: PreviewPaymentInput!) {
  result: previewPayment(input: $input) {
    errors { code message path }
  }
}`

const transactionDocument = `
query Transaction($id: ID!) {
  result: transaction(id: $id) { id status }
}`

// The inner page is small on purpose: hardly any order has more payments, and
// servers reckon the cost of a query as the product of its page sizes.
const readOrdersDocument = `
query ReadOrders($references: [String!]!, $currency: CurrencyCode!) {
  result: orders(filter: { referenceIds: $references, currency: $currency }, first: 100) {
    nodes {
      id
      placedAt
      totalAmount { minorUnits }
      paidAmount { minorUnits }
      outstandingAmount { minorUnits }
      payments(first: 10) {
        nodes { id paidAmount { minorUnits } selectedGateway { referenceId } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}`

const morePaymentsDocument = `
query MorePayments($order: ID!, $after: String) {
  result: order(id: $order) {
    payments(first: 100, after: $after) {
      nodes { id paidAmount { minorUnits } selectedGateway { referenceId } }
      pageInfo { hasNextPage endCursor }
    }
  }
}`
