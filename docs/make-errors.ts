/** Writes docs/errors.md from the error catalogue: `node docs/make-errors.ts`. A test holds the page to the table. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorRows } from '../src/http/errors.ts'

/** The page as text. */
export function errorsPage(): string {
  const rows = Object.values(errorRows)
    .map((row) => ({ ...row, message: row.message.replaceAll('|', '\\|'), todo: row.todo.replaceAll('|', '\\|') }))
    .sort((a, b) => a.status - b.status || (a.code < b.code ? -1 : 1))
    .map((row) => `| ${row.status} | \`${row.code}\` | \`${row.type}\` | ${row.message} | ${row.todo} |`)
  return `# Errors

Every error that Weir itself answers. On the OpenAI surface the body is \`{"error": {"message", "type", "param", "code"}}\`, on the Azure surface \`{"error": {"code", "message"}}\`, on the Anthropic surface \`{"type": "error", "error": {"type", "message"}}\`; the status is the same on all, so that the official clients raise their typed exceptions. \`{…}\` is filled in. Every answer carries the call's id as \`x-weir-call-id\`.

An upstream's own refusal passes to the client in the client's shape, except a refusal of our account (401, suspension), which is \`supplier_suspended\` here, since the client's key is not what was refused.

| status | code | type | message | what to do |
|---|---|---|---|---|
${rows.join('\n')}
`
}

if (process.argv[1] === import.meta.filename) writeFileSync(join(import.meta.dirname, 'errors.md'), errorsPage())
