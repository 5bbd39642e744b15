// How the types in src/gql are made from the schema and the documents in src. They are
// made anew by "npm run build" and not committed.
import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: '../../schema.graphqls', // a program elsewhere: the address of the API, with a token
  documents: 'src/*.ts',
  importExtension: '.js',
  generates: {
    'src/gql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        documentMode: 'string', // no GraphQL library in the browser
        enumsAsTypes: true,
        futureProofEnums: true, // the compiler asks what to do with a value that is new
        useTypeImports: true,
        strictScalars: true, // a scalar that is missing here is an error, not any
        scalars: {
          Int64: 'number', // at most 2^53 − 1, so that it is exact
          Decimal: 'string',
          CurrencyCode: 'string',
          CountryCode: 'string',
          DateTime: 'string',
          Date: 'string',
          EventCursor: 'string',
          EmailAddress: 'string',
          PhoneNumber: 'string',
          URL: 'string',
          IdempotencyKey: 'string',
          JSON: 'unknown',
        },
      },
    },
  },
};

export default config;
