// Package pay is the domain of the gateway: payments with their attempts,
// allocations, lines and discounts, what they pay for, and the rules that keep
// the amounts true. It knows no SQL, no GraphQL and no HTTP, and it never reads
// the clock by itself.
//
// Amounts are minor units of the row's currency (ISO 4217) in fields that end
// in Minor; methods of the name that the API uses return them as money.Money.
// Times are UTC.
package pay
