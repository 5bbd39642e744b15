package web

import "github.com/paygraph/paygraph/internal/web/graphiql"

// examples are the documents that GraphiQL opens with.
func examples() []graphiql.Example {
	return []graphiql.Example{
		{Name: "The newest payments with everything that hangs on them", Query: dashboardExample},
		{Name: "The company's gateways and their parameters", Query: gatewaysExample},
		{Name: "Orders that still owe something", Query: ordersExample},
		{Name: "Pay an order: put in ids from the other tabs", Query: payExample, Variables: payVariables},
	}
}

const dashboardExample = `query Payments {
  payments(first: 20) {
    totalCount
    nodes {
      humanId
      status
      finalAmount { decimal currency }
      paidAmount { decimal }
      customer { displayName }
      orders { id referenceId outstandingAmount { decimal } }
      invoices { number }
      transactions {
        status
        gateway { name }
        error { code message }
        action { type url }
      }
      lines { quantity productName finalAmount { decimal } modifiers { productName } }
      discounts { discountName appliedAmount { decimal } }
      createdAt
    }
    pageInfo { hasNextPage endCursor }
  }
}
`

const gatewaysExample = `query Gateways {
  paymentGateways {
    id
    name
    connector
    kind
    methodType
    action
    minimumAmount { decimal currency }
    parameters { parameterId friendlyName isMerchant isForm tenantDefaultValue options { id text } }
  }
}
`

const ordersExample = `query Orders {
  orders(first: 20, filter: { paidStatus: [UNPAID, PARTIALLY_PAID] }) {
    nodes {
      id
      referenceId
      customer { displayName }
      totalAmount { decimal currency }
      outstandingAmount { decimal }
      inFlightAmount { decimal }
    }
  }
}
`

const payExample = `mutation Pay($input: PayOrdersInput!) {
  payOrders(input: $input) {
    replayed
    payment { id humanId status paidAmount { decimal currency } }
    transaction { status error { code message } action { type url } }
    errors { code message path }
  }
}
`

const payVariables = `{
  "input": {
    "idempotencyKey": "my-first-payment",
    "orders": [{ "orderId": "ord_…" }],
    "gatewayId": "gw_…",
    "paymentToken": "tok_approve"
  }
}
`
