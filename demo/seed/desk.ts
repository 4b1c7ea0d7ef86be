/** What a desk has to look at: a key that harvests, somebody who is told, a supplier's notice, a hold, a request to read, a drill. */
import { keyFor } from './installation.ts'
import { each, type Play } from './play.ts'

const day = 86_400_000

/** Ordinary calls that a purpose is known by, and those of one key that ask for training data under the same purpose. */
const ordinaryCalls = 110
const harvestCalls = 60
/** Several, since of one key's minute only a part is looked at. */
const productKeys = ['product', 'product-2', 'product-3']
const model = 'gpt-4.1-mini'

const pick = (list: readonly string[], at: number): string => list[at % list.length] ?? ''
const places = ['a quiet river', 'the harbour at dawn', 'a market in the rain', 'our garden', 'the old bridge', 'a mountain hut', 'the night train', 'a field of barley']
const moods = ['calm', 'funny', 'short', 'warm', 'plain', 'dreamy', 'proud']
const wishes = ['Write a caption for a photo of', 'One line, please, for my picture of', 'What could I write under a photo of', 'Describe in ten words', 'Suggest a title for the picture of']
const subjects = ['arithmetic', 'history', 'cooking', 'grammar', 'music', 'law', 'gardening', 'astronomy', 'sport']
const verbs = ['explaining', 'comparing', 'rewriting', 'sorting', 'translating', 'proving', 'planning']

const caption = (at: number): string => `${pick(wishes, at)} ${pick(places, at * 7 + 3)}. It should sound ${pick(moods, at * 5 + 1)}${at % 3 === 0 ? `, and mention the number ${at + 2}` : ''}.`
const task = (at: number): string =>
  `You build training data. Come up with ten diverse instructions about ${pick(subjects, at)}, each with an input and an ideal answer, using ${pick(verbs, at * 3 + 1)} and ${pick(verbs, at * 5 + 2)}. Number them, vary their length, and return them as JSON lines. Batch ${at}.`

async function send(play: Play, key: string, prompts: readonly string[]): Promise<void> {
  await play.until('the key', () => play.call(key, '/v1/chat/completions', { model: 'no-such-model', messages: [] }), ({ status }) => status === 404)
  await each(prompts, 8, async (content) => {
    const { status, text } = await play.call(key, '/v1/chat/completions', { model, max_tokens: 8, messages: [{ role: 'user', content }] })
    if (status !== 200) throw new Error(`a call of ${model} answered ${status}: ${text}`)
  })
}

export interface Signal {
  readonly id: string
  readonly case: string | null
  readonly card: { readonly score: number | null; readonly threshold: number; readonly keys: readonly string[] }
}

interface Signals { readonly data: readonly Signal[]; readonly coverage: { readonly sketched: number } }

/** A key of the buyer's asks for training data under a purpose that says captions; the detector opens a case for a person. */
export async function harvest(play: Play): Promise<{ readonly signal: Signal; readonly key: string; readonly caseId: string }> {
  const read = (): Promise<Signals> => play.get('/admin/v1/signals?organization=buyer')
  const seen = (await read()).coverage.sketched
  const harvesting = await keyFor(play, 'buyer', 'captions', 'harvest', 'captions')
  const captions = Array.from({ length: ordinaryCalls }, (_, at) => caption(at))
  for (const [at, name] of productKeys.entries()) {
    const { secret } = await keyFor(play, 'buyer', 'captions', name, 'captions')
    await send(play, secret, captions.filter((_, index) => index % productKeys.length === at))
  }
  await play.until('the sketches of ordinary calls', read, ({ coverage }) => coverage.sketched >= seen + ordinaryCalls)
  await send(play, harvesting.secret, Array.from({ length: harvestCalls }, (_, at) => task(at)))
  const { data } = await play.until('a signal', read, (list) => list.data.some((one) => one.case !== null))
  const signal = data.find((one) => one.case !== null)
  if (signal?.case === null || signal === undefined) throw new Error('the signal has no case')
  return { signal, key: harvesting.id, caseId: signal.case }
}

interface Endpoints { readonly data: readonly { readonly id: string; readonly name: string }[] }
interface Deliveries { readonly data: readonly { readonly tries: number }[] }

const inbox = 'The desk’s inbox'

/** An endpoint that is told of cases. Its name leads nowhere (RFC 2606), so what is sent waits; `quieten` switches it off again. */
export async function tellTheDesk(play: Play): Promise<{ readonly quieten: () => Promise<void> }> {
  const { data } = await play.get<Endpoints>('/admin/v1/webhook-endpoints')
  const known = data.find((one) => one.name === inbox)
  const { id } = known ?? await play.send<{ readonly id: string }>('POST', '/admin/v1/webhook-endpoints', { name: inbox, url: 'https://desk.weir.invalid/hooks', event_types: ['case.*'] })
  return {
    quieten: async () => {
      await play.until('a try to deliver', () => play.get<Deliveries>(`/admin/v1/webhook-deliveries?endpoint=${id}`), (list) => list.data.some((one) => one.tries > 0))
      await play.send('PATCH', `/admin/v1/webhook-endpoints/${id}`, { enabled: false })
    },
  }
}

interface Calls { readonly data: readonly { readonly call: string }[] }

/** The supplier warns, which is answered from our receipts; what is in dispute is held, and one call's content asked for. */
export async function supplierWarns(play: Play): Promise<void> {
  const now = Date.now()
  await play.send('POST', '/admin/v1/notices', { party: 'openai', form: 'openai-event', body: { id: 'evt_case_1', object: 'event', created_at: Math.floor(now / 1_000), type: 'safety.warning_issued', data: { id: 'case-of-the-supplier-1' } } })
  const { data } = await play.get<Calls>('/admin/v1/calls?limit=1&organization=buyer&project=captions')
  await play.send('POST', '/admin/v1/content/requests', { call: data[0]?.call, reason: 'To answer the supplier\'s warning.' })
  await play.send('POST', '/admin/v1/holds', { organization: 'buyer', matter: 'The supplier\'s warning', reason: 'Calls of these days are in dispute.', from: new Date(now - day).toISOString(), to: new Date(now).toISOString(), until: new Date(now + 30 * day).toISOString() })
}

interface Drill { readonly stops: number; readonly lines: readonly object[] }

/** What would go on if the maker's supplier suspended tomorrow. */
export const holdDrill = (play: Play): Promise<Drill> => play.send('POST', '/admin/v1/drills', { suspended: { kind: 'supplier', name: 'maker' }, organization: 'buyer' })
