// How schema.graphqls is linted: every schema and relay rule that graphql-eslint
// recommends, and descriptions on everything. What differs from the recommendation
// has its reason here.
import graphql from '@graphql-eslint/eslint-plugin';

const recommended = graphql.configs['flat/schema-recommended'].rules;
const relay = graphql.configs['flat/schema-relay'].rules;
const [, names] = recommended['@graphql-eslint/naming-convention'];

// Values: they have no identity of their own, and caches keep them in their owner.
const values = [
  'AccountCheck', 'Address', 'AllowedAction', 'AvailablePaymentMethod', 'CardDetails', 'CustomerSnapshot',
  'DeliveryState', 'DirectDebitDetails', 'GatewayOption', 'GatewayParameter', 'LedgerAccount',
  'LedgerBalance', 'LineModifier', 'ManualDetails', 'MetadataEntry', 'Money', 'PageInfo',
  'PaymentSummaryRow', 'RoutingCandidate', 'SettingFault', 'TransactionAction', 'TransactionRouting',
  'UnavailableReason', 'VoucherDetails', 'WalletDetails', 'WebhookAttempt',
  // What would be, and is not stored.
  'PreviewAllocation', 'PreviewDiscount', 'PreviewLine', 'PreviewPayment', 'PreviewRefund', 'PreviewRefundPart',
  // What the program can do: its name is that of createPaymentGateway, in every company.
  'Connector',
  // A company's list of rules, of which it has one, and each by its place in it: the list
  // is set as a whole.
  'GatewayRules', 'GatewayRule',
  // The caller: its id is a name in events, such as admin:demo, not a global id.
  'Viewer',
];

export default [
  {
    files: ['**/*.graphqls'],
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig: { schema: `${import.meta.dirname}/../../schema.graphqls` } },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { '@graphql-eslint': graphql },
    rules: {
      ...recommended,
      ...relay,
      // Stricter than recommended, which asks for descriptions of types and root fields.
      '@graphql-eslint/require-description': ['error', {
        types: true,
        rootField: true,
        DirectiveDefinition: true,
        EnumValueDefinition: true,
        FieldDefinition: true,
        InputValueDefinition: true,
      }],
      '@graphql-eslint/no-scalar-result-type-on-mutation': 'error',
      '@graphql-eslint/require-nullable-fields-with-oneof': 'error',
      // Every argument of a mutation is one input, named after it.
      '@graphql-eslint/input-name': ['error', { checkInputType: true, caseSensitiveInputType: false }],
      // The recommendation is block strings for all; ours are one line, where they fit.
      '@graphql-eslint/description-style': ['error', { style: 'inline' }],
      // AND and OR of a filter are in capitals so that they stand out from its fields.
      '@graphql-eslint/naming-convention': ['error', {
        ...names,
        InputValueDefinition: { style: 'camelCase', ignorePattern: '^(AND|OR)$' },
      }],
      // The Relay specification asks for paging forward or backward. Lists that are
      // only ever read from the newest on have no way back.
      '@graphql-eslint/relay-arguments': ['error', { includeBoth: false }],
      '@graphql-eslint/relay-edge-types': ['error', {
        withEdgeSuffix: true,
        // Entries of the books, the audit log and the inboxes are read in lists and
        // never change: nobody looks for one again with Query.node.
        shouldImplementNode: false,
        // Lists that are bounded by what they belong to, such as a payment's lines or
        // a payload's errors, need no pages.
        listTypeCanWrapOnlyEdgeType: false,
      }],
      '@graphql-eslint/strict-id-in-types': ['error', {
        exceptions: { types: values, suffixes: ['Connection', 'Edge', 'Error', 'Payload'] },
      }],
    },
  },
];
