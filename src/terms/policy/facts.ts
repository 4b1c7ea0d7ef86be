/**
 * The vocabulary of facts: what clauses may ask about. One table gives the Cedar schema, the check of what callers hand in,
 * and the text that authors read. A fact that is not known is left out: it is never false, zero or empty (DESIGN.md).
 */
import { canonicalJson } from '../../kernel/canonical-json.ts'

export const points = ['contract', 'admit', 'route', 'export', 'train', 'publish'] as const
export type Point = (typeof points)[number]

type FactType = 'String' | 'Bool' | 'Long' | 'Set<String>'

interface FactRow {
  readonly type: FactType
  /** Required facts are always known; sets that are required may be empty. */
  readonly required?: true
  readonly says: string
}

export const vocabulary = {
  at: { type: 'Long', required: true, says: 'instant of the decision, milliseconds since 1970 UTC' },
  maker: { type: 'String', required: true, says: 'who made the model, or "none" for rows that no model made' },
  channel: { type: 'String', required: true, says: 'who sold it, or "none"' },
  authorisations: { type: 'Set<String>', required: true, says: 'current licences, approvals and authorisations by id, such as "llama:mau"' },
  lineageFlags: { type: 'Set<String>', required: true, says: 'duties and exceptions that the ancestors carry, by clause id' },
  lineageLicences: { type: 'Set<String>', required: true, says: 'licences of weights and rows among the ancestors' },
  fulfilled: { type: 'Set<String>', required: true, says: 'duties, or parts of them, for which evidence is recorded' },
  model: { type: 'String', says: 'what the maker calls the model' },
  licence: { type: 'String', says: 'licence of the weights: "MIT", "apache-2.0", "llama-4", "kimi-k2", "kimi-k3", "minimax-m2", "qwen", "qwen-community-1.0", "glm-5.3", "liquid-lfm"' },
  access: { type: 'String', says: '"api" or "weights"' },
  origin: { type: 'String', says: 'where rows come from: "model", "human", "licensed", "own-model", "unknown"' },
  agreementState: { type: 'String', says: '"active", "under-investigation", "suspended" or "ended": of the agreements with maker and channel, the worst' },
  tier: { type: 'String', says: '"free" or "paid"' },
  region: { type: 'String', says: 'region of the deployment' },
  purpose: { type: 'String', says: 'id of the registered use case' },
  phase: { type: 'String', says: '"product", "evaluation", "data-generation" or "training"' },
  dataClass: { type: 'String', says: '"public", "internal", "personal" or "sensitive"' },
  targetIsModel: { type: 'Bool', says: 'whether the rows are to train a model; false for evaluation' },
  targetClass: { type: 'String', says: '"chat", "classifier", "embedding", "other"' },
  targetDistribution: { type: 'String', says: '"internal" or "external"' },
  targetCompetes: { type: 'Bool', says: 'whether the target competes with the maker' },
  targetCompetesWithChannel: { type: 'Bool', says: 'whether the target is a large model that competes with the channel' },
  trainHost: { type: 'String', says: 'whose fine-tuning service trains: a maker\'s or channel\'s name, or "own"' },
  authorised: { type: 'Bool', says: 'a current authorisation by the maker covers this use' },
  extractionSuspected: { type: 'Bool', says: 'an open decision names the key\'s cluster as extracting the model' },
  keySharedOutside: { type: 'Bool', says: 'the key was used by an organization that does not own it' },
  countrySupported: { type: 'Bool', says: 'caller and end user are in countries of the maker\'s attached list' },
  endUserCountry: { type: 'String', says: 'ISO 3166 code' },
  resalePerToken: { type: 'Bool', says: 'the organization bills third parties per token of the maker\'s models' },
  spreadOverAccounts: { type: 'Bool', says: 'one project reaches several accounts of the maker' },
  purposeRegistered: { type: 'Bool', says: 'the use lies within a registered, current use case' },
  retentionNone: { type: 'Bool', says: 'the organization needs that nothing is retained' },
  retentionRequired: { type: 'Bool', says: 'the model can only be used with retention' },
  ownershipUnsupportedPercent: { type: 'Long', says: 'share held by companies of unsupported regions, whole percent rounded up' },
  groupMonthlyUsers: { type: 'Long', says: 'monthly active users of the whole group' },
  groupMonthlyUsersAtRelease: { type: 'Long', says: 'the same, in the calendar month before the model\'s release' },
  groupMonthlyRevenueDollars: { type: 'Long', says: 'monthly revenue of the whole group' },
  groupYearRevenueDollars: { type: 'Long', says: 'revenue of the whole group in the last 12 months' },
  maas: { type: 'Bool', says: 'the model is offered to others as a service' },
  territoryExcluded: { type: 'Bool', says: 'the licence excludes the licensee\'s territory' },
  exclusiveChannel: { type: 'String', says: 'channel that has the maker\'s models exclusively, where a contract says so' },
  exclusiveUntil: { type: 'Long', says: 'end of the exclusivity, milliseconds since 1970 UTC' },
  exclusiveRegions: { type: 'Set<String>', says: 'regions that the exclusivity covers; left out: all' },
  carvedOut: { type: 'Bool', says: 'a carve-out of the exclusivity covers this use' },
  publishKind: { type: 'String', says: '"dataset" or "model"' },
  publishDistribution: { type: 'String', says: 'distribution that the publication really has' },
  publishedName: { type: 'String', says: 'name under which it is published' },
} as const satisfies Readonly<Record<string, FactRow>>

export type FactName = keyof typeof vocabulary
export type FactValue = string | boolean | number | readonly string[]
export type Facts = Readonly<Partial<Record<FactName, FactValue>>>

/** Facts that tell whether a duty has been met. They are left out when asking which duties there are. */
export const fulfilment: readonly FactName[] = ['fulfilled', 'publishDistribution', 'publishedName']

const rows = Object.entries(vocabulary) as [FactName, FactRow][]

/** What a fact may look like. Lists are sorted and free of duplicates, so that equal facts have equal bytes. */
function faultOf(name: FactName, row: FactRow, value: FactValue | undefined): string | undefined {
  if (value === undefined) return row.required === true ? `${name} is missing` : undefined
  switch (row.type) {
    case 'String': return typeof value === 'string' ? undefined : `${name} is not a text`
    case 'Bool': return typeof value === 'boolean' ? undefined : `${name} is not true or false`
    case 'Long': return typeof value === 'number' && Number.isSafeInteger(value) ? undefined : `${name} is not a whole number`
    case 'Set<String>': return Array.isArray(value) && value.every((item) => typeof item === 'string') ? undefined : `${name} is not a list of texts`
  }
}

/** What is wrong with facts, a sentence each; empty: nothing. Unknown names are refused, not ignored. */
export function factFaults(facts: Readonly<Record<string, unknown>>): string[] {
  const strangers = Object.keys(facts).filter((name) => !Object.hasOwn(vocabulary, name)).map((name) => `${name} is not a fact that clauses know`)
  return [...strangers, ...rows.flatMap(([name, row]) => faultOf(name, row, facts[name] as FactValue | undefined) ?? [])]
}

/** Facts with sorted lists and the required sets filled in. */
export function normalFacts(facts: Facts): Facts {
  const entries = rows.flatMap(([name, row]): [FactName, FactValue][] => {
    const value = facts[name] ?? (row.required === true && row.type === 'Set<String>' ? [] : undefined)
    if (value === undefined) return []
    return [[name, Array.isArray(value) ? [...new Set(value as readonly string[])].sort() : value]]
  })
  return Object.fromEntries(entries) as Facts
}

export const factsText = (facts: Facts): string => canonicalJson(facts)

/** The facts that people are asked about when a decision is a question: the same question at another instant is the same, under other facts it is another. */
export const factsAsked = ({ at: _at, ...facts }: Facts): string => canonicalJson(facts)

/** What a use case is registered as. People who let live calls through let them through for it, whatever deployment or country serves. */
const registered: readonly FactName[] = ['phase', 'dataClass', 'targetIsModel', 'targetClass', 'targetDistribution', 'targetCompetes', 'targetCompetesWithChannel', 'trainHost']

/** The registered part of `factsAsked`. */
export const useCaseAsked = (facts: Facts): string => canonicalJson(registered.flatMap((name) => (facts[name] === undefined ? [] : [[name, facts[name]]])))

/** The schema that clauses are validated against, in Cedar's own language. */
export const schemaText: string = [
  'namespace Weir {',
  '  entity Use;',
  '  entity Thing;',
  '  type Facts = {',
  ...rows.map(([name, row]) => `    ${name}${'required' in row ? '' : '?'}: ${row.type},`),
  '  };',
  `  action ${points.map((point) => `"${point}"`).join(', ')} appliesTo { principal: Use, resource: Thing, context: Facts };`,
  '}',
].join('\n')
