// Says what schema.graphqls changes of the last release, and fails where that breaks
// callers. The last release is the newest tag v…; without tags, released.graphqls.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { CriticalityLevel, diff, DiffRule } from '@graphql-inspector/core';
import { buildSchema } from 'graphql';

// What no caller depends on: descriptions, which the baseline has not, and how our own
// directives are made, since they stand in the schema only. Where they stand is told.
const quiet = /DESCRIPTION|^DIRECTIVE_(?!USAGE)|^DIRECTIVE_USAGE_ARGUMENT/;

// changes lists what differs, the worst first. What was deprecated in the old schema
// may go, as docs/schema.md says.
export async function changes(old, current) {
  const all = await diff(buildSchema(old), buildSchema(current), [DiffRule.suppressRemovalOfDeprecatedField]);
  const levels = [CriticalityLevel.Breaking, CriticalityLevel.Dangerous, CriticalityLevel.NonBreaking];
  return levels.flatMap((level) => all.filter(({ type, criticality }) => criticality.level === level && !quiet.test(type)));
}

function lastRelease() {
  const git = (...args) => execFileSync('git', args, { encoding: 'utf8', maxBuffer: 64 << 20, stdio: ['ignore', 'pipe', 'ignore'] });
  let tag;
  try {
    tag = git('describe', '--tags', '--abbrev=0', '--match', 'v[0-9]*').trim();
  } catch {
    return ['released.graphqls', readFileSync(new URL('released.graphqls', import.meta.url), 'utf8')];
  }
  return [tag, git('show', `${tag}:schema.graphqls`)];
}

async function main() {
  const [name, old] = lastRelease();
  const found = await changes(old, readFileSync(new URL('../../schema.graphqls', import.meta.url), 'utf8'));
  for (const { criticality, message } of found) {
    console.log(`${criticality.level.padEnd(12)} ${message}`);
  }
  const breaking = found.filter((change) => change.criticality.level === CriticalityLevel.Breaking).length;
  console.log(`Compared with ${name}: ${found.length} changes, ${breaking} of them breaking.`);
  process.exitCode = breaking > 0 ? 1 : 0;
}

if (process.argv[1] === import.meta.filename) {
  await main();
}
