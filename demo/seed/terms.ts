/** Act 4: the terms' line. Three makers' models write captions; what may train the buyer's own chat model, and what may not. */
import { keyFor, settled } from './installation.ts'
import { each, type Act, type Play } from './play.ts'

const makers = ['case-captions', 'case-second', 'case-third'] as const
const callsEach = 4
const year2030 = Date.parse('2030-01-01T00:00:00Z')

const purposes: readonly object[] = [
  { id: 'captions', organization: 'buyer', says: 'Captions for the feed', phase: 'product', dataClass: 'internal', endUserCountries: ['US', 'IT'], owner: 'product', expiresMs: year2030 },
  { id: 'comparing', organization: 'buyer', says: 'Comparing models on our own questions', phase: 'evaluation', dataClass: 'internal', owner: 'ml', expiresMs: year2030 },
  { id: 'own-chat', organization: 'buyer', says: 'A chat model of our own', phase: 'training', target: { class: 'chat', distribution: 'external', host: 'own' }, dataClass: 'internal', owner: 'ml', expiresMs: year2030 },
  { id: 'tagging', organization: 'buyer', says: 'A classifier that tags captions', phase: 'training', target: { class: 'classifier', distribution: 'internal', host: 'own' }, dataClass: 'internal', owner: 'ml', expiresMs: year2030 },
]

interface Clause { readonly id: string; readonly sha256: string; readonly approved_by: readonly string[] }

/** Registered by the buyer's people; one clause has both its approvals, one waits for its second. */
async function register(play: Play): Promise<void> {
  for (const purpose of purposes) await play.send('POST', '/admin/v1/terms/records/purposes', purpose)
  const at = Date.now()
  await play.send('POST', '/admin/v1/terms/records/agreements', { id: 'maker-services', organization: 'buyer', party: 'openai', document: 'Services Agreement', acceptedBy: 'legal', acceptedAtMs: at, state: 'under-investigation' })
  await play.send('POST', '/admin/v1/terms/records/attestations', { id: 'buyer-users', organization: 'buyer', kind: 'monthly-users', value: 900_000_000, asOfMs: at, owner: 'finance', expiresMs: at + 90 * 86_400_000 })
  await play.send('POST', '/admin/v1/terms/records/exclusivities', { id: 'cloud-exclusive', maker: 'openai', channel: 'cloud', carveOuts: [], endsMs: year2030 })
  const second = await play.person('second person')
  const { data } = await play.get<{ readonly data: readonly Clause[] }>('/admin/v1/terms/clauses')
  for (const [id, people] of [['oai.extract', [undefined, second]], ['oai.key', [undefined]]] as const) {
    const clause = data.find((one) => one.id === id)
    if (clause === undefined || clause.approved_by.length > 0) continue
    for (const token of people) await play.send('POST', `/admin/v1/terms/clauses/${id}/approve`, { sha256: clause.sha256 }, token)
  }
}

async function callMakers(play: Play): Promise<readonly string[]> {
  const { secret } = await keyFor(play, 'buyer', 'captions', 'captions', 'captions')
  await settled(play)
  const calls: string[] = []
  await play.until('the key for captions', () => play.call(secret, '/v1/chat/completions', { model: 'no-such-model', messages: [] }), (answer) => answer.status === 404)
  const asks = makers.flatMap((model) => Array.from({ length: callsEach }, (_, n) => ({ model, n })))
  await each(asks, 4, async ({ model, n }) => {
    const answer = await play.call(secret, '/v1/chat/completions', { model, stream: n % 2 === 1, max_tokens: 40, messages: [{ role: 'user', content: `Caption ${n} for a photo of a river, and send it to editor${n}@example.org.` }] })
    if (answer.status !== 200) throw new Error(`${model} answered ${answer.status}: ${answer.text}`)
    calls.push(String(answer.headers['x-weir-call-id']))
  })
  return calls
}

interface Receipts { readonly data: readonly { readonly status: string }[] }
interface Exported { readonly status: string; readonly rows: number; readonly exclusions: readonly { readonly clause: string; readonly maker: string; readonly rows: number }[] }

async function exportAll(play: Play): Promise<void> {
  const make = (name: string, purpose: string): Promise<Exported> => play.send('POST', '/admin/v1/datasets', { name, organization: 'buyer', purpose, calls: { projects: ['captions'] } })
  const chat = await make('chat-1', 'own-chat')
  play.say(`dataset chat-1 for a chat model: ${chat.rows} rows may leave, ${chat.exclusions.map((one) => `${one.rows} of ${one.maker} stay under ${one.clause}`).join(', ')}`)
  const tags = await make('tags-1', 'tagging')
  play.say(`dataset tags-1 for an internal classifier: ${tags.rows} rows may leave`)
  await play.send('PUT', '/admin/v1/lineage/old-captions', { organization: 'buyer', kind: 'dataset', origin: 'unknown' })
  await play.send('PUT', '/admin/v1/lineage/open-weights', { organization: 'buyer', kind: 'weights', origin: 'known', licences: ['apache-2.0'], maker: 'mistral', evidence: 'model card' })
  const train = (model: string, purpose: string, from: readonly string[]): Promise<{ readonly status: number; readonly text: string }> => play.attempt('POST', '/admin/v1/models/trainings', { model, organization: 'buyer', purpose, from })
  const publish = (id: string, distribution: string): Promise<{ readonly status: number; readonly text: string }> => play.attempt('POST', '/admin/v1/publications', { id, organization: 'buyer', distribution })
  const said = ({ status, text }: { readonly status: number; readonly text: string }): string => (status === 200 ? (JSON.parse(text) as { status: string }).status : `answered ${status}`)
  play.say(`training tagger from tags-1: ${said(await train('tagger', 'tagging', ['tags-1']))}; own-chat from tags-1: ${said(await train('own-chat', 'own-chat', ['tags-1']))}; tagger to the public: ${said(await publish('tagger', 'external'))}`)
}

interface Lineage { readonly data: readonly { readonly id: string }[] }

export const act: Act = {
  number: 4,
  title: 'breach stopped at export',
  needs: [],
  played: async (play) => (await play.get<Lineage>('/admin/v1/lineage?organization=buyer')).data.some((one) => one.id === 'tagger'),
  run: async (play) => {
    await register(play)
    const calls = await callMakers(play)
    for (const call of calls) await play.until(`the receipt of ${call}`, () => play.attempt('GET', `/admin/v1/receipts/${call}`, {}), ({ status, text }) => status === 200 && (JSON.parse(text) as Receipts).data.every((one) => one.status === 'proven'))
    play.say(`${calls.length} calls to three makers' models, each with a proven receipt`)
    await exportAll(play)
  },
}
