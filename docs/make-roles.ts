/** Writes the table of roles into docs/sign-in.md: `node docs/make-roles.ts`. A test holds the page to it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { permissions, type Permission } from '../src/admin/permissions.ts'
import { isOpen, mayDo, roles } from '../src/admin/roles.ts'

const path = join(import.meta.dirname, 'sign-in.md')
const [begin, end] = ['<!-- roles -->', '<!-- /roles -->']

/** The page with the table as the code has it. */
export function signInPage(): string {
  const page = readFileSync(path, 'utf8')
  const names = [...new Set(Object.values(permissions) as Permission[])].filter((one) => !isOpen(one)).toSorted()
  const rows = names.map((name) => `| \`${name}\` | ${roles.map((role) => (mayDo(role, name) ? '●' : '')).join(' | ')} |`)
  const table = [`| permission | ${roles.join(' | ')} |`, `|---|${roles.map(() => '---').join('|')}|`, ...rows].join('\n')
  return `${page.slice(0, page.indexOf(begin) + begin.length)}\n${table}\n${page.slice(page.indexOf(end))}`
}

if (process.argv[1] === import.meta.filename) writeFileSync(path, signInPage())
