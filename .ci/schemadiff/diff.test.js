// Proves that the check tells what breaks callers from what does not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changes } from './diff.js';

const old = `
  directive @needs(role: String) on FIELD_DEFINITION
  type Query { orders(first: Int): [String!]! total: Int! @deprecated(reason: "Use orders.") }
  enum Status { OPEN }
`;

for (const [name, current, level] of [
  ['a field that is gone', old.replace('orders(first: Int): [String!]!', ''), 'BREAKING'],
  ['a result that may be null', old.replace('[String!]!', '[String!]'), 'BREAKING'],
  ['an argument that is needed', old.replace('first: Int', 'first: Int, after: String!'), 'BREAKING'],
  ['an argument of another type', old.replace('first: Int', 'first: String'), 'BREAKING'],
  ['a value that is gone', old.replace('OPEN', 'CLOSED'), 'BREAKING'],
  ['a deprecated field that is gone', old.replace(/total.*\)/, ''), 'DANGEROUS'],
  ['a new value', old.replace('OPEN', 'OPEN CLOSED'), 'DANGEROUS'],
  ['a new field', old.replace('type Query {', 'type Query { new: Int'), 'NON_BREAKING'],
  ['a directive that says more', old.replace('role: String', 'role: String, why: String!'), undefined],
  ['another permission', old.replace('[String!]!', '[String!]! @needs(role: "admin")'), 'DANGEROUS'],
  ['a description', old.replace('type Query', '"All." type Query'), undefined],
  ['nothing', old, undefined],
]) {
  test(name, async () => {
    const [worst] = await changes(old, current);
    assert.equal(worst?.criticality.level, level);
  });
}
