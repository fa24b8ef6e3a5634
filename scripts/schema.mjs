// Writes the published JSON Schema of policies from the schema that the engine itself validates with. `npm run schema`
import { write } from './written.mjs';

await write('packages/engine/schema/policy.schema.json', {
  from: 'packages/engine/src/decide/document/json-schema.ts',
  textOf: ({ policyJsonSchema }) => JSON.stringify(policyJsonSchema(), undefined, 2),
});
