/**
 * The command line's own credential on the machine where the server runs: `cli-token` in the data folder, readable by its
 * owner only. Whoever may read it could read the database as well.
 */
import { join } from 'node:path'
import { findToken, createToken } from './keys.ts'
import { readSecretFile, writeSecretFile } from './secrets.ts'
import type { ResourceBook } from './resources.ts'

const label = 'cli'

/** Writes address and token; keeps a token that is still valid. Answers the file's path, or why there is none. */
export async function ensureCliToken(book: ResourceBook, dataFolder: string, url: string): Promise<{ readonly path: string } | { readonly failed: string }> {
  const path = join(dataFolder, 'cli-token')
  const before = readSecretFile(path)
  if (before !== undefined && 'failed' in before) return before
  const known = before === undefined ? undefined : tokenIn(before.text)
  const valid = known !== undefined && findToken(await book.state(), book.hash(known)) !== undefined
  let token = valid ? known : undefined
  if (token === undefined) {
    const made = await createToken(book, label)
    if (made.status !== 'made') return { failed: 'the token for the command line could not be stored' }
    token = made.secret
  }
  writeSecretFile(path, `${JSON.stringify({ url, token })}\n`)
  return { path }
}

function tokenIn(text: string): string | undefined {
  try {
    const { token } = JSON.parse(text) as { token?: unknown }
    return typeof token === 'string' ? token : undefined
  } catch {
    // Damaged: it is written anew.
    return undefined
  }
}
