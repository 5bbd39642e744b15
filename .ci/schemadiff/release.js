// Keeps schema.graphqls, without its descriptions, as that of the last release: run
// when a version is released that gets no tag.
import { readFileSync, writeFileSync } from 'node:fs';
import { parse, print, visit } from 'graphql';

const schema = parse(readFileSync(new URL('../../schema.graphqls', import.meta.url), 'utf8'), { noLocation: true });
const bare = visit(schema, { enter: (node) => (node.description ? { ...node, description: undefined } : undefined) });
writeFileSync(new URL('released.graphqls', import.meta.url), `${print(bare)}\n`);
