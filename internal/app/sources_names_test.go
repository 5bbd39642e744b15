package app_test

// sourceNames is every name of the five sources, in the order in which they give
// them: per source and kind, one name a line.
var sourceNames = map[string]map[string]string{
	"S0": {
		"field": `id
businessId
orderId
customerId
customerName
method
status
module
amount
processingFee
refundAmount
createdTime
lastUpdatedTime
nextPageToken
payments`,
		"value": `STATUS_UNSPECIFIED
CREATED
PROCESSING
PAID
COMPLETED
FAILED
MODULE_UNSPECIFIED
GROOMING
RETAIL
MEMBERSHIP
credit_card
cash
check`,
		"operation": `GetPayment
ListPayments
monitoring
reconciliation`,
		"parameter": `id
pagination
pagination.pageSize
pagination.pageToken
companyId
filter
filter.orderIds`,
		"error": `NOT_FOUND
PERMISSION_DENIED
INVALID_ARGUMENT
INTERNAL
RESOURCE_EXHAUSTED`,
		"rule": `id begins with py_
one company a call
an unspecified status or module is not for new payments
the order filter is optional
no token after the last page
payments are not made through a reading credential
reading verifies existence
a failed payment says what next`,
	},
	"S1": {
		"field": `payment id
amount
currency
payment_method
status
timestamps
invoice linkage
transaction_reference
failure_reason
methods
methods metadata
Account
Invoice
PaymentMethodConfig
AccountPaymentMethod
credit balance`,
		"value": `pending
pending_approval
processing
succeeded
completed
failed
refunded
cancelled
bank_transfer
local_wallet`,
		"operation": `GET /payments/
GET /payment-methods/available/
POST /payments/manual/
approval
rejection`,
		"parameter": `status
account
country
invoice_id
payment_method
transaction_reference
reference
notes`,
		"error": `400 missing field
400 invoice already paid
404 invoice not found`,
		"rule": `rows of other accounts do not exist
every caller is authenticated
the invoice belongs to the account
the invoice is not paid yet
a manual payment waits for approval
admins approve
processing changes credit balances
no sensitive data is stored
methods depend on configuration
gateway flows are added beside manual ones`,
	},
	"S2": {
		"field": `user
amount
amount_paid
amount_reserved
currency
human_id
subject
current_state
active
payment_date
payment_method
billing_address
description
metadata
status_code
error_message`,
		"value": `created
processing
captured
succeeded
failed
cancelled
reserved
refunded
partial_refund
pending_refund
refund_failed
on_retry`,
		"operation": `Payment for Orders
Retrieve a Payment
List all Payments
Update Payment`,
		"parameter": `orders
payment_method
payment-id
size
page
from_date
to_date
sort
status
update active
update payment_method
update billing_address
update payment_date`,
		"error": `status_code of a failed payment`,
		"rule": `several orders at once
subscriptions are paid, too
a payment needs a method
users and admins may pay, read, list and update
only four fields are editable
pages have 10 rows unless told
the first page is 0
active unless told
the human id has 6 characters
currencies are ISO 4217
a date schedules the payment
the provider gets address, description and metadata where it can`,
	},
	"S3": {
		"field": `id
orderId
amount
status
paymentMethod
transactionId
data
message
errors
errors.field
errors.message`,
		"value": `PENDING
COMPLETED
FAILED
CANCELLED
REFUNDED
Bkash
Card
Cash
Bank Transfer
Nagad
Rocket`,
		"operation": `POST /payment
GET /payment
GET /payment/{id}
GET /payment/order/{orderId}`,
		"parameter": `amount
create orderId
paymentMethod
status
limit
offset
id
orderId
Authorization
Content-Type`,
		"error": `400
400 with errors
401
403
404
409
500`,
		"rule": `every request carries a bearer token
newest first
the caller owns the order
the amount is checked against the order
an order may be paid in parts
lists have 10 rows unless told
messages are the same everywhere`,
	},
	"S4": {
		"field": `id
tenant
referenceId
mode
parentPaymentId
companyId
customerId
customerEmail
customerFirstName
customerLastName
customerPhoneNumber
customerPaymentMethodId
selectedPaymentGateway
paymentGateways
checkoutUrl
closeCheckout
closeCheckout.success
closeCheckout.date
callback
callback.success
callback.date
totalAmount
discountAmount
finalAmount
paidAmount
paidVoucherAmount
amount
status
metadata
metadata.*
transactions
transactions.id
transactions.paymentGatewayId
transactions.paymentGateway
transactions.paymentGateway.id
transactions.paymentGateway.name
transactions.paymentGateway.type
transactions.paymentGateway.paymentAction
transactions.paymentGateway.image
transactions.paymentGateway.checkoutImage
transactions.paymentGateway.icon
transactions.paymentGateway.minimumAmount
transactions.paymentGateway.isPartiallyRefundable
transactions.paymentGateway.isTokenizable
transactions.paymentGateway.requestAffiliationUrl
transactions.paymentGateway.paymentGatewayParameters
transactions.paymentGateway.paymentGatewayParameters.paymentGatewayId
transactions.paymentGateway.paymentGatewayParameters.parameterId
transactions.paymentGateway.paymentGatewayParameters.friendlyName
transactions.paymentGateway.paymentGatewayParameters.isMerchant
transactions.paymentGateway.paymentGatewayParameters.isForm
transactions.paymentGateway.paymentGatewayParameters.isVisible
transactions.paymentGateway.paymentGatewayParameters.isRequired
transactions.paymentGateway.paymentGatewayParameters.tenantDefaultValue
transactions.paymentGateway.paymentGatewayParameters.options
transactions.paymentGateway.paymentGatewayParameters.options.id
transactions.paymentGateway.paymentGatewayParameters.options.text
transactions.externalId1
transactions.externalId2
transactions.externalId3
transactions.isWallet
transactions.error
transactions.error.code
transactions.error.externalError
transactions.error.externalError.message
transactions.error.externalError.code
transactions.requestedAmount
transactions.amount
transactions.voucherAmount
transactions.noOfVouchers
transactions.confirmedAmount
transactions.refundedAmount
transactions.currency
transactions.creditCard
transactions.creditCard.brand
transactions.creditCard.pan
transactions.creditCard.expiration
transactions.creditCard.expirationMonth
transactions.creditCard.expirationYear
transactions.creditCard.product
transactions.directDebit
transactions.directDebit.accountId
transactions.directDebit.accountBic
transactions.directDebit.accountIban
transactions.holderEmail
transactions.holderName
transactions.status
transactions.request
transactions.request.action
transactions.request.externalTransactionId
transactions.request.url
transactions.request.*
lines
lines.quantity
lines.productId
lines.productName
lines.productVariant
lines.productImage
lines.unitAmount
lines.unitDiscountAmount
lines.discountAmount
lines.finalAmount
lines.taxRate
lines.isFood
lines.modifiers
lines.modifiers.modifierId
lines.modifiers.productId
lines.modifiers.productName
lines.modifiers.quantity
lines.modifiers.price
discounts
discounts.discountName
discounts.discountDescription
discounts.amount
discounts.type
discounts.value
discounts.index`,
		"value": `tenant sand
tenant live
mode Payment
mode Wallet
mode Setup
Requested
Paid
Confirmed
Refunded
Cancelled
Voided
Expired
transaction Requested
transaction Paid
transaction Confirmed
transaction Refunded
transaction Dropped
transaction Cancelled
transaction Failed
transaction Voided
transaction Expired
transaction ImpossibleRefund
error Generic
error Cancelled
error NotCompleted
error MissingPaymentMethod
error Declined
error System
action OTP
action REDIRECT
action DROPIN
discount DOLLAROFF
discount PERCENOFF
discount FIXED
gateway type 0
gateway type 1
gateway type 2`,
		"operation": `read
create
process
complete
capture
void
refund
cancel`,
		"rule": `the reference is unique
live and test never mix
no gateway listed means all
the first attempt has a default gateway
metadata has at most 10 entries of 40 and 400 characters
a line names a product or its name
a product brings its own fields
a line has one kind of discount
amounts are not negative
amounts are in minor units
a discount has an amount or a type with value
discounts apply in the order of their index
FIXED overrides the total
food may be paid with meal vouchers
a gateway has a least amount
a gateway may refund all or nothing
a gateway may store methods
card numbers are masked`,
	},
}

// sourceCounts is how many names each source has: fields, values, operations,
// parameters, errors, rules.
var sourceCounts = map[string][6]int{
	"S0": {15, 13, 4, 7, 5, 8},
	"S1": {16, 10, 5, 8, 3, 10},
	"S2": {16, 12, 4, 13, 1, 12},
	"S3": {11, 11, 4, 10, 7, 7},
	"S4": {117, 37, 8, 0, 0, 18},
}
