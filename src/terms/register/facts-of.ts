/** Turns register, deployment and target into the facts that clauses read, with the instant up to which they hold. */
import { normalFacts } from '../policy/facts.ts'
import type { FactName, Facts, FactValue } from '../policy/facts.ts'
import { agreementStateWith, currentAttestations, currentPurpose } from './register.ts'
import type { Attestation, Exclusivity, Purpose, Register } from './register.ts'

/** Facts and the earliest instant at which one of them ends, milliseconds; undefined: none ends. */
export interface DatedFacts {
  readonly facts: Facts
  readonly untilMs: number | undefined
}

/** What is offered: a deployment as the terms see it. */
export interface Offer {
  readonly deployment: string
  /** Public model name. */
  readonly model: string
  readonly upstreamModel: string
  readonly maker: string
  readonly channel: string
  /** Supplier account: several of one maker under one project may breach a clause. */
  readonly account: string
  readonly region?: string
  readonly licence?: string
  readonly access?: 'api' | 'weights'
  readonly tier?: 'free' | 'paid'
  readonly retentionRequired?: boolean
  /** ISO 3166 countries that the licence excludes; left out: the licence was not read for it. */
  readonly excludedTerritories?: readonly string[]
  /** Countries that the maker's attached list supports; left out: no list is attached. */
  readonly supportedCountries?: readonly string[]
}

type Put = (name: FactName, value: FactValue | undefined) => void

const attested: Readonly<Partial<Record<Attestation['kind'], FactName>>> = {
  'monthly-users': 'groupMonthlyUsers', 'monthly-revenue-dollars': 'groupMonthlyRevenueDollars', 'year-revenue-dollars': 'groupYearRevenueDollars',
  'ownership-unsupported-percent': 'ownershipUnsupportedPercent', maas: 'maas', 'resale-per-token': 'resalePerToken', 'retention-none': 'retentionNone',
}

interface Ground { readonly maker: string; readonly licence: string | undefined; readonly purpose: string | undefined }

function putAttested(put: Put, attestations: readonly Attestation[], ground: Ground): void {
  const authorisations: string[] = []
  for (const one of attestations) {
    const name = attested[one.kind]
    if (name !== undefined) put(name, one.value)
    if (one.kind === 'monthly-users-at-release' && (one.licence === undefined || one.licence === ground.licence)) put('groupMonthlyUsersAtRelease', one.value)
    if (one.kind !== 'authorisation') continue
    authorisations.push(String(one.value))
    // An authorisation to train covers the purposes that it names, never others.
    if (one.maker === ground.maker && ground.purpose !== undefined && (one.purposes ?? []).includes(ground.purpose)) put('authorised', true)
  }
  put('authorisations', authorisations)
}

/** Where a purpose's results go: as it was registered or as somebody attests, and external where either says so. */
function distributionOf(purpose: Purpose, attestations: readonly Attestation[]): 'internal' | 'external' | undefined {
  const said = [purpose.target?.distribution, ...attestations.filter((one) => one.kind === 'distribution-intent' && (one.purposes ?? []).includes(purpose.id)).map((one) => one.value)]
  return said.includes('external') ? 'external' : said.includes('internal') ? 'internal' : undefined
}

function putTarget(put: Put, purpose: Purpose | undefined, attestations: readonly Attestation[], { maker, channel }: { readonly maker: string; readonly channel: string }): void {
  if (purpose === undefined) return
  put('purpose', purpose.id)
  put('phase', purpose.phase)
  put('dataClass', purpose.dataClass)
  put('targetIsModel', purpose.phase !== 'evaluation')
  put('targetClass', purpose.target?.class)
  put('targetDistribution', distributionOf(purpose, attestations))
  put('trainHost', purpose.target?.host)
  const competes = purpose.target?.competesWith
  if (competes === undefined) return
  put('targetCompetes', competes !== 'none' && competes.includes(maker))
  put('targetCompetesWithChannel', competes !== 'none' && competes.includes(channel))
}

function collect(atMs: number, maker: string, channel: string): { put: Put; facts: Partial<Record<FactName, FactValue>>; ends: number[] } {
  const facts: Partial<Record<FactName, FactValue>> = { at: atMs, maker, channel }
  const put: Put = (name, value) => { if (value !== undefined) facts[name] = value }
  return { put, facts, ends: [] }
}

const dated = (facts: Facts, ends: readonly number[]): DatedFacts => ({ facts: normalFacts(facts), untilMs: ends.length === 0 ? undefined : Math.min(...ends) })

export interface LiveAsk {
  readonly organization: string
  readonly purpose: string | undefined
  readonly offer: Offer
  /** Found out while running; left out: unknown. */
  readonly signals: { readonly extractionSuspected?: boolean; readonly keySharedOutside?: boolean; readonly spreadOverAccounts?: boolean; /** Declared for the caller in this region; goes before an attestation. */ readonly retentionNone?: boolean | undefined }
  /** Declared bucket of the call, where the client gave one. */
  readonly endUserCountry?: string
}

/** Facts of a call at contract, admit and route. */
export function liveFacts(register: Register, ask: LiveAsk, atMs: number): DatedFacts {
  const { offer, organization } = ask
  const { put, facts, ends } = collect(atMs, offer.maker, offer.channel)
  const purpose = currentPurpose(register, organization, ask.purpose, atMs)
  const attestations = currentAttestations(register, organization, atMs)
  ends.push(...attestations.map((one) => one.expiresMs), ...(purpose === undefined ? [] : [purpose.expiresMs]))
  // What begins later changes the answer too.
  ends.push(...register.attestations.filter((one) => one.organization === organization && one.asOfMs > atMs).map((one) => one.asOfMs))
  put('model', offer.upstreamModel)
  put('licence', offer.licence)
  put('access', offer.access)
  put('tier', offer.tier)
  put('region', offer.region)
  put('retentionRequired', offer.retentionRequired)
  put('agreementState', agreementStateWith(register, organization, [offer.maker, offer.channel]))
  put('purposeRegistered', purpose !== undefined)
  put('extractionSuspected', ask.signals.extractionSuspected)
  put('keySharedOutside', ask.signals.keySharedOutside)
  put('spreadOverAccounts', ask.signals.spreadOverAccounts)
  putTarget(put, purpose, attestations, offer)
  putAttested(put, attestations, { maker: offer.maker, licence: offer.licence, purpose: ask.purpose })
  put('retentionNone', ask.signals.retentionNone)
  putCountries(put, ask, purpose)
  putTerritory(put, offer, attestations)
  putExclusive(put, ends, register.exclusivities.filter((one) => one.endsMs > atMs && inScope(one, offer)), ask)
  return dated(facts, ends)
}

/** Whether an exclusivity is about what is offered, wherever and to whom. */
export const inScope = (one: Exclusivity, offer: Offer): boolean =>
  one.maker === offer.maker && (one.models === undefined || one.models.includes(offer.model) || one.models.includes(offer.upstreamModel)) && (one.access === undefined || offer.access === undefined || one.access === offer.access)

/** Whether a carve-out leaves this use to other channels. */
export const isCarvedOut = ({ carveOuts }: Exclusivity, { offer, organization }: Pick<LiveAsk, 'offer' | 'organization'>): boolean =>
  carveOuts.some((carved) => carved === offer.model || carved === offer.upstreamModel || carved === organization)

/** Whether one stands in the way of an offer. An offer without a region may be anywhere. */
const standsAgainst = (one: Exclusivity, ask: LiveAsk): boolean =>
  one.channel !== ask.offer.channel && !isCarvedOut(one, ask) && (one.regions === undefined || ask.offer.region === undefined || one.regions.includes(ask.offer.region))

/** Of several that are in force, for parts of the world or of the models, the one that stands in the way is the one to tell of. */
function putExclusive(put: Put, ends: number[], inForce: readonly Exclusivity[], ask: LiveAsk): void {
  ends.push(...inForce.map((one) => one.endsMs))
  const exclusive = inForce.find((one) => standsAgainst(one, ask)) ?? inForce[0]
  if (exclusive === undefined) return
  put('exclusiveChannel', exclusive.channel)
  put('exclusiveUntil', exclusive.endsMs)
  put('exclusiveRegions', exclusive.regions)
  put('carvedOut', isCarvedOut(exclusive, ask))
}

function putCountries(put: Put, ask: LiveAsk, purpose: Purpose | undefined): void {
  const countries = ask.endUserCountry === undefined ? purpose?.endUserCountries : [ask.endUserCountry]
  const { supportedCountries } = ask.offer
  if (countries === undefined) return
  // Of several countries the clause about the EEA, Switzerland and the UK needs the strictest one.
  put('endUserCountry', countries.find((country) => europe.has(country)) ?? countries[0])
  if (supportedCountries !== undefined) put('countrySupported', countries.every((country) => supportedCountries.includes(country)))
}

const europe = new Set(['AT', 'BE', 'BG', 'CY', 'CZ', 'DE', 'DK', 'EE', 'ES', 'FI', 'FR', 'GR', 'HR', 'HU', 'IE', 'IS', 'IT', 'LI', 'LT', 'LU', 'LV', 'MT', 'NL', 'NO', 'PL', 'PT', 'RO', 'SE', 'SI', 'SK', 'CH', 'GB'])

function putTerritory(put: Put, offer: Offer, attestations: readonly Attestation[]): void {
  if (offer.access === 'api' && offer.licence === undefined) return put('territoryExcluded', false)
  if (offer.excludedTerritories === undefined) return
  const territory = attestations.find((one) => one.kind === 'territory')?.value
  if (offer.excludedTerritories.length === 0) put('territoryExcluded', false)
  else if (typeof territory === 'string') put('territoryExcluded', offer.excludedTerritories.includes(territory))
}

/** What rows have in common when they are decided about. */
export interface RowSource {
  readonly maker: string
  readonly channel: string
  readonly model?: string
  readonly licence?: string
  readonly access?: 'api' | 'weights'
  readonly origin: 'model' | 'human' | 'licensed' | 'own-model' | 'unknown'
  /** Duties and exceptions that the rows carry already, by clause id. */
  readonly flags: readonly string[]
}

/** Facts of rows at export and train, for a purpose's target. */
export function rowFacts(register: Register, organization: string, purpose: Purpose, source: RowSource, atMs: number): DatedFacts {
  const { put, facts, ends } = collect(atMs, source.maker, source.channel)
  const attestations = currentAttestations(register, organization, atMs)
  ends.push(purpose.expiresMs, ...attestations.map((one) => one.expiresMs))
  put('model', source.model)
  put('licence', source.licence)
  put('access', source.access)
  put('origin', source.origin)
  put('agreementState', agreementStateWith(register, organization, [source.maker, source.channel]))
  put('lineageFlags', source.flags)
  // An expired purpose says nothing about its target any more.
  putTarget(put, purpose.expiresMs > atMs ? purpose : undefined, attestations, source)
  putAttested(put, attestations, { maker: source.maker, licence: source.licence, purpose: purpose.id })
  return dated(facts, ends)
}

export interface Publication {
  readonly kind: 'dataset' | 'model'
  readonly name?: string
  readonly distribution?: 'internal' | 'external'
  /** Ids of duties, or of their parts, for which evidence is recorded. */
  readonly fulfilled: readonly string[]
  /** Union over all ancestors. */
  readonly flags: readonly string[]
  readonly licences: readonly string[]
  /** The one of them that is asked about. */
  readonly licence?: string
}

export function publicationFacts(register: Register, organization: string, publication: Publication, atMs: number): DatedFacts {
  const { put, facts, ends } = collect(atMs, 'none', 'none')
  const attestations = currentAttestations(register, organization, atMs)
  ends.push(...attestations.map((one) => one.expiresMs))
  put('lineageFlags', publication.flags)
  put('lineageLicences', publication.licences)
  put('licence', publication.licence)
  put('fulfilled', publication.fulfilled)
  put('publishKind', publication.kind)
  put('publishDistribution', publication.distribution)
  put('publishedName', publication.name)
  putAttested(put, attestations, { maker: 'none', licence: undefined, purpose: undefined })
  return dated(facts, ends)
}
