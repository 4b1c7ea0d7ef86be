/** How the sandbox behaves: data, from `options.profile` of a provider in weir.yaml or from a test. */
import { z } from 'zod'

const rate = z.number().min(0).max(1)

export const sandboxProfileSchema = z.strictObject({
  /** Milliseconds before the first byte. */
  firstTokenMs: z.number().min(0).default(0),
  /** Milliseconds per output token, reasoning included. */
  perTokenMs: z.number().min(0).default(0),
  /** The least time that a background response takes. */
  backgroundMs: z.number().min(0).default(20),
  /** Prompt cache for all accounts. Off by default, so that a replayed trace costs exactly its sums. */
  cache: z.boolean().default(false),
  /** Shown in the rate-limit headers; enforced only where `enforceLimits` says so. */
  requestsPerMinute: z.number().int().positive().default(30_000),
  tokensPerMinute: z.number().int().positive().default(150_000_000),
  enforceLimits: z.boolean().default(false),
  /** Faults that befall requests by chance, drawn from the seed; see faults.ts for the kinds. */
  faults: z.array(z.strictObject({ fault: z.string().min(1), rate })).default([]),
})

export type SandboxProfile = z.infer<typeof sandboxProfileSchema>

/** Named profiles. `typical`: a hosted model of middling size, figures assumed. */
const named: Readonly<Record<string, Partial<SandboxProfile>>> = {
  instant: {},
  typical: { firstTokenMs: 350, perTokenMs: 12 },
  slow: { firstTokenMs: 2_000, perTokenMs: 60 },
}

/** What is wrong with a provider's `options`; undefined where they are right. */
export function sandboxOptionsFault(options: Readonly<Record<string, unknown>>): string | undefined {
  const strange = Object.keys(options).find((name) => name !== 'profile')
  if (strange !== undefined) return `the sandbox has no option ${strange}: its behaviour is under profile, as in options: { profile: { firstTokenMs: 350, faults: [] } }`
  const read = sandboxProfile(options['profile'])
  return 'failed' in read ? read.failed : undefined
}

/**
 * A profile from a name, an object, or an object with a `profile` name that it refines; undefined gives `instant`.
 * `failed` tells what is wrong with it.
 */
export function sandboxProfile(options: unknown): { readonly profile: SandboxProfile } | { readonly failed: string } {
  const given = typeof options === 'string' ? { profile: options } : (options ?? {})
  const shape = z.looseObject({ profile: z.string().optional() }).safeParse(given)
  if (!shape.success) return { failed: 'a sandbox profile is a name or an object' }
  const { profile: name = 'instant', ...own } = shape.data
  const base = named[name]
  if (base === undefined) return { failed: `no sandbox profile is named ${JSON.stringify(name)}: use one of ${Object.keys(named).join(', ')}` }
  const parsed = sandboxProfileSchema.safeParse({ ...base, ...own })
  return parsed.success ? { profile: parsed.data } : { failed: z.prettifyError(parsed.error) }
}
