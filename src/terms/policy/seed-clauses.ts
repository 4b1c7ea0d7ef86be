/**
 * The seed clauses: what Cedar does not say about them. The policy texts lie in ../clauses, one file a clause. Facts of
 * terms: reference "Terms and proof" §2 and §3, state of 2026-11-23; every row needs counsel's sign-off before it is more
 * than an observation on live calls. No source hash is given: it comes from `weir terms attach`.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Facts, Point } from './facts.ts'

export type ClauseKind = 'forbid' | 'permit' | 'oblige'
export type OnUnknown = 'deny' | 'ask' | 'allow'

export interface ClauseSource {
  readonly maker: string
  readonly document: string
  readonly section: string
  /** RFC 3339 date from which the text applies, where the reference gives one. */
  readonly effectiveFrom?: string
  readonly effectiveTo?: string
  /** SHA-256 of the attached text; undefined until somebody attaches it. */
  readonly sourceHash?: string
}

export interface Clause {
  readonly id: string
  readonly version: number
  readonly source: ClauseSource
  readonly kind: ClauseKind
  readonly points: readonly Point[]
  /** Maker or channel outside of which the clause cannot match; left out: any. Saves asking. */
  readonly scope?: { readonly maker?: string; readonly channel?: string }
  /** Points at which an outstanding duty stops the act; elsewhere the duty is carried along. */
  readonly blocks?: readonly Point[]
  /** What happens where a fact that matters is unknown. */
  readonly onUnknown: OnUnknown
  /** Facts that the clause turns on, each with a value under which it bites: an unknown fact matters if the clause would match then. */
  readonly suppose: Facts
  /** The forbidding clause that this permission is an exception to. */
  readonly excepts?: string
  /** What the clause says, in a plain sentence. */
  readonly says: string
  /** What would make the act allowed. */
  readonly remedy: string
  /** Cedar policy. */
  readonly text: string
  /** The attached text is another than the one that was approved: what the clause decides is a question until two people have approved it again. */
  readonly changed?: true
  /** Approvals of this very version by different people; two make it binding on live calls. */
  readonly approvedBy: readonly string[]
}

type Row = Omit<Clause, 'text' | 'version' | 'approvedBy' | 'points' | 'onUnknown'> & { readonly points: string; readonly onUnknown: OnUnknown }

const pointsOf = (letters: string): Point[] => {
  const names: Readonly<Record<string, Point>> = { C: 'contract', A: 'admit', R: 'route', E: 'export', T: 'train', P: 'publish' }
  return [...letters].map((letter) => names[letter] as Point)
}

const openai: ClauseSource = { maker: 'openai', document: 'Services Agreement', section: '3.3(e)', effectiveFrom: '2026-01-01' }
const anthropic: ClauseSource = { maker: 'anthropic', document: 'Commercial Terms of Service', section: 'D.4', effectiveFrom: '2025-06-17' }
const google: ClauseSource = { maker: 'google', document: 'Gemini API Additional Terms', section: 'competing models', effectiveFrom: '2026-03-23' }
const deepseek: ClauseSource = { maker: 'deepseek', document: 'Platform Terms', section: '4.2(3)', effectiveFrom: '2026-04-29' }
const llama: ClauseSource = { maker: 'meta', document: 'Llama 4 Community Licence', section: '1.b' }
const licences: ClauseSource = { maker: 'several', document: 'licences of open weights', section: 'thresholds' }
const house: ClauseSource = { maker: 'house', document: 'House rules', section: 'use' }

const rows: readonly Row[] = [
  { id: 'oai.compete', scope: { maker: 'openai' }, source: openai, kind: 'forbid', points: 'ET', onUnknown: 'deny', suppose: { targetIsModel: true }, says: 'Outputs of OpenAI models must not be used to develop models that compete with OpenAI.', remedy: 'Leave these rows out, or train a classifier or embedding model that stays internal, or use OpenAI\'s own fine-tuning.' },
  { id: 'oai.exc.a', scope: { maker: 'openai' }, source: { ...openai, section: '3.3(e)(a)' }, kind: 'permit', points: 'ET', onUnknown: 'ask', suppose: { targetClass: 'classifier', targetDistribution: 'internal' }, excepts: 'oai.compete', says: 'Outputs may train models that primarily categorise, classify or organise data, if these are not distributed or offered to third parties.', remedy: 'Register the purpose with its target class and an internal distribution.' },
  { id: 'oai.exc.a.keep', source: { ...openai, section: '3.3(e)(a)' }, kind: 'oblige', points: 'ETP', blocks: ['publish'], onUnknown: 'deny', suppose: {}, says: 'A model trained under the classifier exception stays internal, and so does everything made from it.', remedy: 'Keep it internal, or train it again without the rows that came under the exception.' },
  { id: 'oai.exc.b', scope: { maker: 'openai' }, source: { ...openai, section: '3.3(e)(b)' }, kind: 'permit', points: 'ET', onUnknown: 'deny', suppose: { trainHost: 'openai' }, excepts: 'oai.compete', says: 'Outputs may be used to fine-tune models in OpenAI\'s own service.', remedy: 'Name OpenAI\'s service as the host of the training.' },
  { id: 'oai.extract', scope: { maker: 'openai' }, source: { ...openai, section: '3.3(d)' }, kind: 'forbid', points: 'A', onUnknown: 'ask', suppose: { extractionSuspected: true }, says: 'Extracting the model through its API is forbidden, and an open decision names this key.', remedy: 'Answer the case; a person lifts the decision.' },
  { id: 'oai.region', scope: { maker: 'openai' }, source: { ...openai, document: 'Supported countries and territories', section: 'list' }, kind: 'forbid', points: 'AR', onUnknown: 'deny', suppose: { countrySupported: false }, says: 'OpenAI may only be used and offered in supported countries.', remedy: 'Call from a supported country, or use another maker\'s model.' },
  { id: 'oai.key', scope: { maker: 'openai' }, source: { ...openai, section: '3.1' }, kind: 'forbid', points: 'A', onUnknown: 'ask', suppose: { keySharedOutside: true }, says: 'Credentials must not be shared outside the organization that they were issued to.', remedy: 'Rotate the key, and give the other organization its own.' },
  { id: 'oai.resale', scope: { maker: 'openai' }, source: { ...openai, section: '3.1' }, kind: 'forbid', points: 'C', onUnknown: 'ask', suppose: { resalePerToken: true }, says: 'Access must not be resold or leased.', remedy: 'Record OpenAI\'s approval, or stop billing third parties per token.' },
  { id: 'oai.limits', scope: { maker: 'openai' }, source: { ...openai, section: '3.3(h,i)' }, kind: 'forbid', points: 'R', onUnknown: 'deny', suppose: { spreadOverAccounts: true }, says: 'Rate limits must not be circumvented by spreading one project over several accounts.', remedy: 'Route the project through one account and ask the maker for a higher limit.' },
  { id: 'az.purpose', scope: { channel: 'azure' }, source: { maker: 'azure', document: 'Code of Conduct', section: 'use cases' }, kind: 'forbid', points: 'A', onUnknown: 'deny', suppose: { purposeRegistered: false }, says: 'Azure\'s models are used within the use cases that were identified to Microsoft.', remedy: 'Bind the key to a registered purpose that covers this use.' },
  { id: 'az.mam', scope: { channel: 'azure' }, source: { maker: 'azure', document: 'Modified abuse monitoring', section: 'sensitive data' }, kind: 'oblige', points: 'R', blocks: ['route'], onUnknown: 'deny', suppose: { dataClass: 'sensitive' }, says: 'Sensitive data goes to Azure only under approved modified abuse monitoring.', remedy: 'Record the approval as an attestation, or route elsewhere.' },
  { id: 'ant.train', scope: { maker: 'anthropic' }, source: anthropic, kind: 'forbid', points: 'ET', onUnknown: 'deny', suppose: { targetIsModel: true }, says: 'Anthropic\'s outputs must not be used to train an AI model without its authorisation.', remedy: 'Leave these rows out, or record Anthropic\'s authorisation.' },
  { id: 'ant.own50', scope: { maker: 'anthropic' }, source: { ...anthropic, document: 'Supported regions', section: 'ownership' }, kind: 'forbid', points: 'C', onUnknown: 'deny', suppose: { ownershipUnsupportedPercent: 51 }, says: 'Companies held by more than half from unsupported regions are excluded, wherever they are.', remedy: 'Attest the ownership, or use another maker\'s model.' },
  { id: 'ant.resale', scope: { maker: 'anthropic' }, source: { ...anthropic, section: 'resale' }, kind: 'forbid', points: 'C', onUnknown: 'ask', suppose: { resalePerToken: true }, says: 'Resale needs Anthropic\'s approval; powering a product does not.', remedy: 'Record the approval, or stop billing third parties per token.' },
  { id: 'goo.compete', scope: { maker: 'google' }, source: google, kind: 'forbid', points: 'ET', onUnknown: 'ask', suppose: { targetIsModel: true, targetCompetes: true }, says: 'Google\'s outputs must not be used to develop competing models.', remedy: 'State why the target does not compete and have it approved, or leave these rows out.' },
  { id: 'goo.eea.paid', scope: { maker: 'google' }, source: { ...google, section: 'EEA, Switzerland, United Kingdom' }, kind: 'forbid', points: 'AR', onUnknown: 'deny', suppose: { tier: 'free', endUserCountry: 'DE' }, says: 'End users in the EEA, Switzerland and the United Kingdom are served from the paid tier only.', remedy: 'Use a paid account.' },
  { id: 'aws.compete', scope: { channel: 'bedrock' }, source: { maker: 'aws', document: 'Service Terms', section: 'Bedrock' }, kind: 'forbid', points: 'ET', onUnknown: 'ask', suppose: { targetIsModel: true, targetCompetesWithChannel: true }, says: 'Bedrock must not be used to develop large models that compete with AWS.', remedy: 'State why the target does not compete and have it approved, or leave these rows out.' },
  { id: 'aws.retention', scope: { channel: 'bedrock' }, source: { maker: 'aws', document: 'Bedrock data retention', section: 'data_retention_mode' }, kind: 'forbid', points: 'R', onUnknown: 'deny', suppose: { retentionNone: true, retentionRequired: true }, says: 'A model that requires retention is blocked for an organization that needs none.', remedy: 'Route to a model that works without retention, or change the organization\'s need.' },
  { id: 'ds.train', scope: { maker: 'deepseek' }, source: deepseek, kind: 'permit', points: 'ET', onUnknown: 'allow', suppose: { licence: 'MIT' }, says: 'DeepSeek permits training on outputs of its own platform, and of its weights under MIT.', remedy: 'Use the maker\'s own platform or MIT weights.' },
  { id: 'ds.label', source: { ...deepseek, section: '3.1' }, kind: 'oblige', points: 'EP', blocks: ['publish'], onUnknown: 'deny', suppose: { publishKind: 'dataset' }, says: 'Published outputs are labelled as generated by AI.', remedy: 'Label the publication and record the evidence.' },
  { id: 'zai.train', scope: { maker: 'zai' }, source: { maker: 'zai', document: 'API Terms', section: '1.xii', effectiveFrom: '2026-04-14' }, kind: 'forbid', points: 'ET', onUnknown: 'deny', suppose: { access: 'api', targetIsModel: true }, says: 'Outputs of Z.ai\'s API must not train any external model.', remedy: 'Leave these rows out, or produce them with the open weights under their licence.' },
  { id: 'llama.name', source: llama, kind: 'oblige', points: 'ETP', blocks: ['publish'], onUnknown: 'deny', suppose: {}, says: 'A distributed model made with Llama starts its name with "Llama", shows "Built with Llama", and ships NOTICE and licence.', remedy: 'Rename it, and record display, NOTICE and licence copy as evidence.' },
  { id: 'llama.mau', source: { ...llama, section: '2' }, kind: 'forbid', points: 'CR', onUnknown: 'deny', suppose: { groupMonthlyUsersAtRelease: 700_000_001 }, says: 'Groups with more than 700 million monthly users at the model\'s release need Meta\'s licence.', remedy: 'Attest the group\'s monthly users at the release, or record Meta\'s licence.' },
  { id: 'threshold.display', source: licences, kind: 'oblige', points: 'P', blocks: ['publish'], onUnknown: 'ask', suppose: { groupMonthlyUsers: 100_000_001, groupMonthlyRevenueDollars: 20_000_001, groupYearRevenueDollars: 30_000_001 }, says: 'Above the licence\'s users or revenue, the name of the base model is displayed.', remedy: 'Display it and record the evidence, or attest that the group is below the thresholds.' },
  { id: 'threshold.gate', source: licences, kind: 'forbid', points: 'RP', onUnknown: 'ask', suppose: { maas: true, groupYearRevenueDollars: 10_000_000_001 }, says: 'Above the licence\'s revenue, or as a service for others, the model needs an agreement with its maker.', remedy: 'Record the agreement, or attest that the model is not served to others and the group is below the threshold.' },
  { id: 'territory', source: { ...licences, section: 'territory' }, kind: 'forbid', points: 'CR', onUnknown: 'deny', suppose: { territoryExcluded: true }, says: 'The licence excludes the licensee\'s territory.', remedy: 'Attest the licensee\'s territory, or use another model.' },
  { id: 'exclusivity', source: { maker: 'contract', document: 'exclusivity agreement', section: 'scope' }, kind: 'forbid', points: 'CR', onUnknown: 'deny', suppose: {}, says: 'Until the exclusivity ends, this maker\'s models are bought through the exclusive channel only.', remedy: 'Use the exclusive channel, record a carve-out, or wait for the end date.' },
  { id: 'house.use', source: house, kind: 'permit', points: 'CAR', onUnknown: 'allow', suppose: {}, says: 'Ordinary use is permitted unless a clause forbids it.', remedy: '' },
  { id: 'house.agreement', source: { ...house, section: 'agreement' }, kind: 'forbid', points: 'CARET', onUnknown: 'allow', suppose: {}, says: 'The agreement with the maker or its channel is suspended or has ended.', remedy: 'Use another maker\'s model, or have the agreement reinstated: weir terms state.' },
  { id: 'house.investigation', source: { ...house, section: 'investigation' }, kind: 'oblige', points: 'ET', blocks: ['export', 'train'], onUnknown: 'ask', suppose: {}, says: 'The agreement with the maker or its channel is under investigation or has ended: two people look at what leaves.', remedy: 'Have two people approve the group, or leave these rows out.' },
  { id: 'house.own', source: { ...house, section: 'own rows' }, kind: 'permit', points: 'ET', onUnknown: 'ask', suppose: { origin: 'human' }, says: 'Rows by people, by our own models, or licensed for training may be used.', remedy: 'Record where the rows come from.' },
  { id: 'house.authorised', source: { ...house, section: 'authorised' }, kind: 'permit', points: 'ET', onUnknown: 'ask', suppose: {}, says: 'A recorded authorisation by the maker covers this use.', remedy: '' },
  { id: 'house.evaluation', source: { ...house, section: 'evaluation' }, kind: 'permit', points: 'E', onUnknown: 'ask', suppose: {}, says: 'Evaluation sets train no model.', remedy: '' },
  { id: 'house.publish', source: { ...house, section: 'publish' }, kind: 'permit', points: 'P', onUnknown: 'allow', suppose: {}, says: 'What is free of outstanding duties may be published.', remedy: '' },
]

/** The seed clauses with their Cedar texts, in the order of the reference. House rules bind without approval. */
export function seedClauses(): Clause[] {
  return rows.map((row) => ({
    ...row, points: pointsOf(row.points), version: 1, approvedBy: row.source.maker === 'house' ? ['house', 'rules'] : [],
    text: readFileSync(join(import.meta.dirname, '../clauses', `${row.id}.cedar`), 'utf8'),
  }))
}
