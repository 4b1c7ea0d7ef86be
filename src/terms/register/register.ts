/**
 * What an organization has agreed to, registered and attested: the ground that facts stand on. Everything is dated and
 * owned; what has expired counts as unknown, not as false.
 */
import { z } from 'zod'

const id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}$/, 'letters, digits and . _ : / @ -, at most 128 characters')
const instantMs = z.number().int().nonnegative()
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in hex')

export const phases = ['product', 'evaluation', 'data-generation', 'training'] as const

export const agreementStates = ['active', 'under-investigation', 'suspended', 'ended'] as const
export type AgreementState = (typeof agreementStates)[number]

/** Where an agreement may go from each state. What has ended stays ended: another agreement is made. */
export const agreementMoves: Readonly<Record<AgreementState, readonly AgreementState[]>> = {
  active: ['under-investigation', 'suspended', 'ended'], 'under-investigation': ['active', 'suspended', 'ended'], suspended: ['under-investigation', 'active', 'ended'], ended: [],
}

/** A text accepted by someone, with its hash. */
export const agreementSchema = z.strictObject({
  id,
  organization: id,
  /** Maker or channel whose text it is. */
  party: id,
  document: z.string().min(1),
  /** Hash of the text that was accepted; left out until the file is attached. */
  textHash: sha256.optional(),
  acceptedBy: z.string().min(1),
  acceptedAtMs: instantMs,
  state: z.enum(agreementStates),
  /** Why it is in this state, and where that is written. */
  says: z.string().optional(),
  evidence: z.string().optional(),
})
export type Agreement = z.infer<typeof agreementSchema>

/** A registered use case. Keys are bound to one. */
export const purposeSchema = z.strictObject({
  id,
  organization: id,
  says: z.string().min(1),
  phase: z.enum(phases),
  target: z.strictObject({
    class: z.enum(['chat', 'classifier', 'embedding', 'other']),
    distribution: z.enum(['internal', 'external']).optional(),
    /** Whose service trains: a maker's or channel's name, or `own`. */
    host: id.optional(),
    /** Makers, or channels, that the target competes with, where somebody has judged it; `none` where judged not to. */
    competesWith: z.union([z.array(id), z.literal('none')]).optional(),
  }).optional(),
  dataClass: z.enum(['public', 'internal', 'personal', 'sensitive']),
  /** ISO 3166 countries of the end users; left out: unknown. */
  endUserCountries: z.array(z.string().length(2)).optional(),
  owner: z.string().min(1),
  expiresMs: instantMs,
})
export type Purpose = z.infer<typeof purposeSchema>

/** Attested facts of a whole group or organization. */
export const attestationKinds = [
  'monthly-users', 'monthly-users-at-release', 'monthly-revenue-dollars', 'year-revenue-dollars', 'ownership-unsupported-percent',
  'territory', 'maas', 'resale-per-token', 'retention-none', 'distribution-intent', 'authorisation',
] as const

export const attestationSchema = z.strictObject({
  id,
  organization: id,
  kind: z.enum(attestationKinds),
  /** Whole numbers for users, dollars and percent; a country for territory; true or false; internal or external for an intent; an id for an authorisation. */
  value: z.union([z.number().int(), z.boolean(), z.string().min(1)]),
  /** Authorisations to train: the maker who gave it, and the purposes that it covers. Of an intent: the purposes whose results it is about. */
  maker: id.optional(),
  purposes: z.array(id).optional(),
  /** The licence that users at release were counted for. */
  licence: z.string().optional(),
  asOfMs: instantMs,
  owner: z.string().min(1),
  expiresMs: instantMs,
}).refine((one) => one.kind !== 'distribution-intent' || ((one.value === 'internal' || one.value === 'external') && (one.purposes ?? []).length > 0), 'an intent says internal or external, and for which purposes')
export type Attestation = z.infer<typeof attestationSchema>

/** A maker's models sold through one channel only. */
export const exclusivitySchema = z.strictObject({
  id,
  maker: id,
  channel: id,
  /** Models that it covers, by public or upstream name; left out: all of the maker's. */
  models: z.array(id).optional(),
  /** Whether it is about the maker's service or its weights; left out: both. */
  access: z.enum(['api', 'weights']).optional(),
  /** Regions that it covers; left out: all. */
  regions: z.array(z.string()).optional(),
  /** Models, or organizations, that it does not cover. */
  carveOuts: z.array(id).default([]),
  endsMs: instantMs,
  /** The exclusive channel may match another's offer before the maker accepts it: apply reminds of it where such an offer is taken. */
  matchingRight: z.boolean().default(false),
  /** Models, or channels, for which the exclusive channel has said that it does not match: apply reminds of these no more. */
  waivers: z.array(id).default([]),
})
export type Exclusivity = z.infer<typeof exclusivitySchema>

export interface Register {
  readonly agreements: readonly Agreement[]
  readonly purposes: readonly Purpose[]
  readonly attestations: readonly Attestation[]
  readonly exclusivities: readonly Exclusivity[]
}

export const emptyRegister: Register = { agreements: [], purposes: [], attestations: [], exclusivities: [] }

/** Attestations of an organization that are current at an instant; of several of one kind and subject, the latest. */
export function currentAttestations(register: Register, organization: string, atMs: number): Attestation[] {
  const latest = new Map<string, Attestation>()
  for (const one of register.attestations) {
    if (one.organization !== organization || one.asOfMs > atMs || one.expiresMs <= atMs) continue
    const subject = one.kind === 'authorisation' ? `${one.kind} ${one.value}` : one.kind === 'distribution-intent' ? `${one.kind} ${(one.purposes ?? []).toSorted().join(' ')}` : one.kind === 'monthly-users-at-release' ? `${one.kind} ${one.licence ?? ''}` : one.kind
    const before = latest.get(subject)
    if (before === undefined || before.asOfMs < one.asOfMs) latest.set(subject, one)
  }
  return [...latest.values()]
}

/** The purpose by id, if it belongs to the organization and has not expired. */
export const currentPurpose = (register: Register, organization: string, purpose: string | undefined, atMs: number): Purpose | undefined =>
  register.purposes.find((one) => one.id === purpose && one.organization === organization && one.expiresMs > atMs)

const gravity: Readonly<Record<AgreementState, number>> = { active: 0, 'under-investigation': 1, suspended: 2, ended: 3 }

/**
 * The state of an organization's agreements with the parties of a use, the worst of them, since both texts bind. One that
 * ended counts only where no other with that party has taken its place. Undefined: none is registered.
 */
export function agreementStateWith(register: Register, organization: string, parties: readonly string[]): AgreementState | undefined {
  const states = parties.flatMap((party) => {
    const all = register.agreements.filter((one) => one.organization === organization && one.party === party).map((one) => one.state)
    const current = all.filter((state) => state !== 'ended')
    return current.length > 0 ? current : all
  })
  return states.toSorted((a, b) => gravity[b] - gravity[a])[0]
}
