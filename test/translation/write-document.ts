import { writeFileSync } from 'node:fs'
import { dialectsDocument } from './document.ts'

writeFileSync(new URL('../../docs/dialects.md', import.meta.url), dialectsDocument())
