/** Act 1: the cloud's month in small. Rounds of equal calls, 24 of a hundred the buyer's, priced so that they are the case's dollars. */
import { customers, keyFor, kindModel, kinds, list, roundDollars, roundsOf, settled, type Kind } from './installation.ts'
import { each, type Act, type Play } from './play.ts'

/** On the maker's list an output token costs four input tokens (gpt-4.1, of 2025-04-14). */
const outputWeight = 4
/** Whose sandbox counts a kind's input: another supplier's, so that the maker's bill holds the case's calls alone. */
const counted = 'case-second'

const messagesOf = (kind: Kind): readonly object[] => [{ role: 'user', content: kind.prompt }]

async function callOne(play: Play, key: string, kind: Kind, model: string): Promise<string> {
  const answer = await play.call(key, '/v1/chat/completions', { model, messages: messagesOf(kind), max_tokens: kind.output, metadata: { weir_output_tokens: String(kind.output) } })
  if (answer.status !== 200) throw new Error(`a call of ${model} answered ${answer.status}: ${answer.text}`)
  return answer.text
}

interface PriceRow { readonly list: string; readonly model: string }

/** Rows of the case's list. The input of a kind is what the sandbox counts, asked for once on a model at its list price. */
async function priceKinds(play: Play): Promise<void> {
  const { data } = await play.get<{ readonly data: readonly PriceRow[] }>(`/admin/v1/prices?list=${list}`)
  const lacking = kinds.filter((kind) => !data.some((row) => row.list === list && row.model === kind.upstream))
  const secret = lacking.length === 0 ? '' : (await keyFor(play, 'buyer', 'feed', 'counting')).secret
  if (secret !== '') await valid(play, secret)
  for (const kind of lacking) {
    const { usage } = JSON.parse(await callOne(play, secret, kind, counted)) as { readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number } }
    const input = (kind.part * roundDollars * 1_000_000) / (usage.prompt_tokens + outputWeight * usage.completion_tokens)
    const row = { list, model: kind.upstream, effectiveFrom: '2026-01-01T00:00:00Z', source: 'demo/case.json: the cloud\'s month in small, one call for very many; assumed' }
    await play.send('POST', '/admin/v1/prices', { prices: [{ ...row, meter: 'input', perMillion: input.toFixed(6) }, { ...row, meter: 'output', perMillion: (input * outputWeight).toFixed(6) }] })
  }
  for (const kind of kinds) await play.send('PUT', `/admin/v1/models/${kind.model}`, kindModel(kind))
  await settled(play)
}

interface UsageRow { readonly organization: string; readonly model: string; readonly calls: number; readonly cost: string }

/** Calls of the case's models that each customer has in the books. */
async function booked(play: Play): Promise<ReadonlyMap<string, { readonly calls: number; readonly cost: number }>> {
  const { data } = await play.get<{ readonly data: readonly UsageRow[] }>('/admin/v1/usage?group_by=organization,model')
  const counted = new Map<string, { calls: number; cost: number }>()
  for (const row of data.filter((one) => kinds.some((kind) => kind.model === one.model))) {
    const before = counted.get(row.organization) ?? { calls: 0, cost: 0 }
    counted.set(row.organization, { calls: before.calls + row.calls, cost: before.cost + Number(row.cost) })
  }
  return counted
}

const expected = (part: number): number => roundsOf(part) * kinds.length
const whole = (counted: ReadonlyMap<string, { readonly calls: number }>): boolean => Object.entries(customers).every(([name, part]) => (counted.get(name)?.calls ?? 0) >= expected(part))

/** Resolves when the gateway knows a key. */
const valid = (play: Play, key: string): Promise<unknown> => play.until('the key', () => play.call(key, '/v1/chat/completions', { model: 'no-such-model', messages: [] }), (answer) => answer.status !== 401 && answer.status !== 503)

async function callRounds(play: Play, customer: string, missing: number): Promise<void> {
  if (missing <= 0) return
  const { secret } = await keyFor(play, customer, 'feed', 'application')
  await valid(play, secret)
  const calls = Array.from({ length: missing }, (_, index) => kinds[index % kinds.length] as Kind)
  await each(calls, 2, async (kind) => void await callOne(play, secret, kind, kind.model))
}

export const act: Act = {
  number: 1,
  title: 'calls',
  needs: [],
  played: async (play) => whole(await booked(play)),
  run: async (play) => {
    await priceKinds(play)
    const before = await booked(play)
    await Promise.all(Object.entries(customers).map(([name, part]) => callRounds(play, name, expected(part) - (before.get(name)?.calls ?? 0))))
    const now = await play.until('the calls in the books', () => booked(play), whole)
    const total = [...now.values()].reduce((sum, one) => sum + one.cost, 0)
    const buyer = now.get('buyer')?.cost ?? 0
    play.say(`${[...now.values()].reduce((sum, one) => sum + one.calls, 0)} calls of ${now.size} customers, metered to the token: the buyer's are ${(buyer / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(2)} million USD, ${((100 * buyer) / total).toFixed(1)} %`)
  },
}
