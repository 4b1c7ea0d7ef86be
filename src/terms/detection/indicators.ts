/**
 * Indicators: what a campaign's prompts have in common, as hashes that another installation can look for among its own
 * sketches. They hold no text, no names and no keys. A band is one of the sixteen parts of a prompt's MinHash signature
 * (sketch.ts): two prompts of one template share some, others by chance hardly any. A match is a lead, never a finding.
 * The format is ours: no standard has a word for it (reference "Terms and proof" §2: an interface to depend on nothing).
 */
import { z } from 'zod'
import type { Sql } from '../../store/store.ts'
import { techniques } from './techniques.ts'

export const indicatorsSchema = z.strictObject({
  kind: z.literal('weir-indicators/v1'),
  made: z.string(),
  /** Under which clause it was signalled, and why, in a sentence. */
  clause: z.string().optional(),
  says: z.string().max(2_000),
  /** Prompts that they were taken from. */
  prompts: z.number().int().positive(),
  techniques: z.array(z.string()).max(64),
  templates: z.array(z.strictObject({ band: z.number().int().min(0).max(15), hash: z.string().regex(/^[0-9a-f]{8}$/) })).max(64),
})
export type Indicators = z.infer<typeof indicatorsSchema>

/** A template is in at least so much of the campaign, and in at most so much of ordinary traffic. */
const [inCampaign, inOrdinary] = [0.05, 0.002]
const leastPrompts = 3
const lookedAt = 5_000
const templatesMax = 64
/** Rows of a page: sketches are small, and calls go on. */
const pageRows = 2_000

const bandsOf = (bands: Buffer): Uint32Array => new Uint32Array(new Uint8Array(bands).buffer)
const nameOf = (hash: number, band: number): string => `${band}:${hash.toString(16).padStart(8, '0')}`

function counted(rows: readonly { readonly bands: Buffer }[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { bands } of rows) bandsOf(bands).forEach((hash, band) => counts.set(nameOf(hash, band), (counts.get(nameOf(hash, band)) ?? 0) + 1))
  return counts
}

/** What a signal's prompts share and ordinary traffic does not; undefined: nothing, or their sketches have gone. */
export async function indicatorsOf(sql: Sql, signal: string): Promise<Pick<Indicators, 'prompts' | 'techniques' | 'templates'> | undefined> {
  const found = await sql<{ bands: Buffer; techniques: number }>('SELECT bands, techniques FROM detection_sketch WHERE signal = $1 ORDER BY id DESC LIMIT $2', [signal, lookedAt])
  if (found.length === 0) return undefined
  const others = await sql<{ bands: Buffer }>("SELECT bands FROM detection_sketch WHERE standing = 'ordinary' AND signal IS NULL ORDER BY id DESC LIMIT $1", [lookedAt])
  const usual = counted(others)
  const templates = [...counted(found)]
    .filter(([name, count]) => count >= Math.max(leastPrompts, found.length * inCampaign) && (usual.get(name) ?? 0) <= others.length * inOrdinary)
    .toSorted(([a, x], [b, y]) => y - x || a.localeCompare(b)).slice(0, templatesMax)
    .map(([name]) => { const [band = '', hash = ''] = name.split(':'); return { band: Number(band), hash } })
  const named = techniques.filter((_one, bit) => found.filter((row) => (row.techniques & (1 << bit)) !== 0).length >= found.length / 2).map(({ name }) => name)
  return templates.length === 0 && named.length === 0 ? undefined : { prompts: found.length, techniques: named, templates }
}

export interface IndicatorMatch {
  readonly organization: string
  readonly project: string
  readonly key: string
  /** Prompts that carry a template, of those that were sketched. */
  readonly prompts: number
  readonly of: number
}

/** Keys whose prompts carry a template of somebody's indicators, the most first; a single prompt is chance, and is left out. */
export async function matchIndicators(sql: Sql, indicators: Indicators, sinceMs: number): Promise<{ readonly scanned: number; readonly matches: readonly IndicatorMatch[] }> {
  const wanted = new Set(indicators.templates.map(({ band, hash }) => `${band}:${hash}`))
  const keys = new Map<string, { organization: string; project: string; key: string; prompts: number; of: number }>()
  let [after, scanned] = ['0', 0]
  for (;;) {
    const rows = await sql<{ id: string; organization: string; project: string; key: string; bands: Buffer }>('SELECT id, organization, project, key, bands FROM detection_sketch WHERE id > $1 AND at_ms >= $2 ORDER BY id LIMIT $3', [after, String(sinceMs), pageRows])
    for (const { organization, project, key, bands } of rows) {
      scanned += 1
      const seen = keys.get(key) ?? { organization, project, key, prompts: 0, of: 0 }
      seen.of += 1
      if (bandsOf(bands).some((hash, band) => wanted.has(nameOf(hash, band)))) seen.prompts += 1
      keys.set(key, seen)
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < pageRows) break
    after = last.id
  }
  return { scanned, matches: [...keys.values()].filter((one) => one.prompts > 1).toSorted((a, b) => b.prompts - a.prompts || a.key.localeCompare(b.key)) }
}
