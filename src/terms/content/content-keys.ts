/** Keys of captured content: one a project, sealed under the master key (S1), which wraps one a record. */
import type { Keyring } from '../../kernel/sealing.ts'
import { seal, unseal } from '../../kernel/sealing.ts'
import type { Random } from '../../kernel/random.ts'
import type { Sql } from '../../store/store.ts'

const placeOf = (organization: string, project: string): string => `content-key/${organization}/${project}`

/** The project's key, made where there is none; `failed` says what a person has to do. */
export async function projectKey(sql: Sql, keyring: Keyring, random: Random, organization: string, project: string): Promise<Buffer | { readonly failed: string }> {
  const place = placeOf(organization, project)
  const read = async (): Promise<string | undefined> => (await sql<{ sealed: string }>('SELECT sealed FROM terms_content_key WHERE organization = $1 AND project = $2', [organization, project]))[0]?.sealed
  let sealed = await read()
  if (sealed === undefined) {
    await sql('INSERT INTO terms_content_key (organization, project, sealed) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [organization, project, seal(keyring, random, place, random.bytes(32).toString('base64'))])
    sealed = await read()
  }
  const opened = unseal(keyring, place, sealed ?? '')
  return 'failed' in opened ? opened : Buffer.from(opened.clear, 'base64')
}

/** Seals all projects' keys anew under the current master key; part of rotating that one, in its transaction. Answers how many. */
export async function resealContentKeys(sql: Sql, keyring: Keyring, random: Random): Promise<number | { readonly failed: string }> {
  const rows = await sql<{ organization: string; project: string; sealed: string }>('SELECT organization, project, sealed FROM terms_content_key ORDER BY organization, project FOR UPDATE')
  for (const { organization, project, sealed } of rows) {
    const place = placeOf(organization, project)
    const opened = unseal(keyring, place, sealed)
    if ('failed' in opened) return opened
    await sql('UPDATE terms_content_key SET sealed = $3 WHERE organization = $1 AND project = $2', [organization, project, seal(keyring, random, place, opened.clear)])
  }
  return rows.length
}
