/**
 * Data retention in Amazon Bedrock's words: a mode for an account or a project, per region, where a project's goes before
 * its account's and `inherit`, or nothing, leaves it to the model (docs.aws.amazon.com/bedrock/latest/userguide/data-retention.html,
 * read 2026-11-28). Said of a provider it is what our account there is set to; said of an organization or a project, what
 * we promise to a customer.
 */
import { z } from 'zod'

export const retentionModes = ['none', 'default', 'aws_review', 'provider_data_share', 'inherit'] as const
export type RetentionMode = (typeof retentionModes)[number]

/** One mode for everywhere, or a mode for each region; a region that is not named inherits. */
export const retentionSchema = z.union([z.enum(retentionModes), z.record(z.string(), z.enum(retentionModes))])
export type Retention = z.infer<typeof retentionSchema>

const modeIn = (retention: Retention | undefined, region: string | undefined): RetentionMode => (retention === undefined ? 'inherit' : typeof retention === 'string' ? retention : (retention[region ?? ''] ?? 'inherit'))

/** The mode that holds in a region: the first of the levels, innermost first, that does not inherit; `inherit`: the model's own default. */
export const effectiveRetention = (levels: readonly (Retention | undefined)[], region: string | undefined): RetentionMode =>
  levels.map((level) => modeIn(level, region)).find((mode) => mode !== 'inherit') ?? 'inherit'

/** Modes under which the supplier certainly keeps something. */
export const retains = (mode: RetentionMode): boolean => mode === 'aws_review' || mode === 'provider_data_share'

/**
 * Whether a supplier keeps something where its account was found at a mode, whatever was declared of it; undefined: the model's
 * own default decides. A mode that is not known to us may keep anything; one that keeps less than declared changes nothing.
 */
export function keptAt(mode: string, declared: boolean | undefined): boolean | undefined {
  if (mode === 'none') return declared
  return mode === 'default' || mode === 'inherit' ? declared === true || undefined : true
}

/** Bedrock's own order, the least kept first; `inherit` stands outside it. */
const order = ['none', 'default', 'aws_review', 'provider_data_share']

/** Whether a mode lets the supplier keep more than another does. What is not known to us may keep anything; what was left open promised nothing. */
export function keepsMore(mode: string, declared: RetentionMode): boolean {
  if (declared === 'inherit') return false
  // Left to the model, whose default may keep something.
  const found = mode === 'inherit' ? order.indexOf('default') : order.indexOf(mode)
  return found === -1 || found > order.indexOf(declared)
}
