/** Writes docs/weir.schema.json, the published schema of weir.yaml, from the schema that the program checks with. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { publishedSchema } from '../src/admin/weir-file-schema.ts'

writeFileSync(join(import.meta.dirname, '../docs/weir.schema.json'), `${JSON.stringify(publishedSchema(), undefined, 2)}\n`)
