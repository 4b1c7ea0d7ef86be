/**
 * Who takes part in the case and what they call: providers of the sandbox, models, a price list, organizations, keys.
 * Names are public; every secret is made anew by the installation and kept nowhere.
 */
import caseFile from '../case.json' with { type: 'json' }
import type { Play } from './play.ts'

const { buyerShare, otherCustomers } = caseFile.figures

/** Parts of a hundred that each customer has of the cloud's AI business: the buyer's is the case's, the others' are assumed. */
export const customers: Readonly<Record<string, number>> = { buyer: Number(buyerShare.value), ...otherCustomers.value }

const monthDollars = Number(caseFile.figures.cloudAiMonthlyRevenue.value)
/** Rounds of equal calls that are the cloud's month: the fewest in which every customer has a whole number. */
const rounds = 50
export const roundsOf = (part: number): number => (part * rounds) / 100

/** What one round of a customer's calls costs on the case's list. */
export const roundDollars = monthDollars / rounds

export const list = 'case-in-small'

/** A call of a round. Its output is of exact length; its input is counted by the sandbox. */
export interface Kind {
  readonly model: string
  readonly upstream: string
  readonly prompt: string
  readonly output: number
  /** Part of a round's dollars that it is worth. */
  readonly part: number
}

const sentence = 'A caption for a photo of a long river in spring, please. '
export const kinds: readonly Kind[] = [
  { model: 'case-large', upstream: 'gpt-4.1', prompt: sentence.repeat(12), output: 40, part: 0.7 },
  { model: 'case-small', upstream: 'gpt-4.1-mini', prompt: sentence.repeat(3), output: 25, part: 0.3 },
]

const providers: Readonly<Record<string, object>> = {
  'case-maker': { type: 'sandbox', maker: 'openai', channel: 'cloud', supplier: 'maker', options: { profile: { firstTokenMs: 15, perTokenMs: 1 } } },
  'case-others': { type: 'sandbox', supplier: 'others' },
  'case-own': { type: 'sandbox', supplier: 'own', maker: 'buyer', options: { profile: { firstTokenMs: 10, perTokenMs: 2 } } },
}

/** Other makers' models have other terms; the buyer's own stands beside the maker's, unused until it is diverted to. */
const models: Readonly<Record<string, object>> = {
  'case-captions': { maker: 'openai', deployments: [
    { provider: 'case-maker', model: 'gpt-4.1', id: 'cloud/captions' },
    { provider: 'case-own', model: 'gpt-4.1', id: 'own/captions', group: 1, capacity: 'in-house', internalRate: { input: '0.40', output: '1.60' }, replicas: { count: 2, tokensPerMinute: '1200', outputWeight: '4' } },
  ] },
  'case-second': { maker: 'deepseek', contextWindow: 128_000, outputMax: 8_192, deployments: [{ provider: 'case-others', model: 'deepseek-chat', id: 'second/chat', prices: list }] },
  'case-third': { maker: 'anthropic', deployments: [{ provider: 'case-others', model: 'claude-sonnet-4-6', id: 'third/chat' }] },
}

interface Provider { readonly name: string; readonly spec: { readonly type: string; readonly baseUrl?: string | null } }

/** What stands against playing here; undefined: nothing. A play books millions and suspends people. */
export async function realProviders(play: Pick<Play, 'get'>): Promise<string | undefined> {
  const { data } = await play.get<{ readonly data: readonly Provider[] }>('/admin/v1/providers')
  const real = data.filter(({ spec }) => spec.type !== 'sandbox' || (spec.baseUrl ?? undefined) !== undefined)
  return real.length === 0 ? undefined : `this installation has real providers (${real.map((one) => one.name).join(', ')}): the case is played on a sandbox installation only, such as weir serve --data demo-data`
}

/** A model of the case's list: declared once its price is known, since an unpriced model is refused. */
export const kindModel = (kind: Kind): object => ({ maker: 'openai', deployments: [{ provider: 'case-maker', model: kind.upstream, id: `cloud/${kind.model}`, prices: list }] })

/** Everything that calls need, declared once; declaring it again changes nothing. */
export async function setUp(play: Play): Promise<void> {
  const declare = async (what: string, all: Readonly<Record<string, object>>): Promise<void> => {
    for (const [name, spec] of Object.entries(all)) await play.send('PUT', `/admin/v1/${what}/${name}`, spec)
  }
  await declare('providers', providers)
  await priceOthers(play)
  await declare('models', models)
  for (const [name, part] of Object.entries(customers)) {
    await play.send('PUT', `/admin/v1/organizations/${name}`, { displayName: name[0]?.toUpperCase() + name.slice(1), budget: { amount: String(Math.ceil((part / 100) * monthDollars * 1.5)), currency: 'USD', period: 'month' } })
    await play.send('PUT', `/admin/v1/organizations/${name}/projects/feed`, { costCentre: '4711', capture: 'metadata' })
  }
  await play.send('PUT', '/admin/v1/organizations/buyer/projects/captions', { capture: 'content', costCentre: '4712', budget: { amount: '500', currency: 'USD', period: 'month' } })
}

interface PriceRow { readonly list: string; readonly model: string }

async function priceOthers(play: Play): Promise<void> {
  const { data } = await play.get<{ readonly data: readonly PriceRow[] }>(`/admin/v1/prices?list=${list}`)
  if (data.some((row) => row.list === list && row.model === 'deepseek-chat')) return
  const row = { list, model: 'deepseek-chat', effectiveFrom: '2026-01-01T00:00:00Z', source: 'demo/case.json: assumed' }
  await play.send('POST', '/admin/v1/prices', { prices: [{ ...row, meter: 'input', perMillion: '0.28' }, { ...row, meter: 'output', perMillion: '0.42' }] })
}

interface Key { readonly id: string; readonly organization: string; readonly project: string; readonly name: string; readonly revoked_at: string | null }

/** A key of a project with a secret that only this run knows; a run before this one loses its own. */
export async function keyFor(play: Play, organization: string, project: string, name: string, purpose?: string): Promise<{ readonly id: string; readonly secret: string }> {
  const { data } = await play.get<{ readonly data: readonly Key[] }>('/admin/v1/keys')
  const known = data.find((one) => one.revoked_at === null && one.organization === organization && one.project === project && one.name === name)
  if (known !== undefined) return play.send('POST', `/admin/v1/keys/${known.id}/rotate`, {})
  return play.send('POST', '/admin/v1/keys', { organization, project, name, ...(purpose === undefined ? {} : { purpose }) })
}

/** Resolves when the gateway serves what was declared. */
export async function settled(play: Play): Promise<void> {
  await play.until('the snapshot', () => play.get<{ readonly serving: number; readonly stored: number }>('/admin/v1/snapshot'), ({ serving, stored }) => serving === stored)
}
