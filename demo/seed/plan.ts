/** Acts 7 and 8: a share of the captions goes to a model of the buyer's own for a time; what the cloud expects and what came. */
import caseFile from '../case.json' with { type: 'json' }
import { keyFor } from './installation.ts'
import { each, type Act, type Play } from './play.ts'

const users = 60
const { ownModelShare, cloudGrowthExpected, cloudGrowthActual, cloudGrowthGuidance, buyerShare } = caseFile.figures
const share = Number(ownModelShare.value) / 100

interface Met { readonly call: string; readonly side: string }

async function callAll(play: Play, key: string): Promise<readonly Met[]> {
  const met: Met[] = []
  await each(Array.from({ length: users }, (_, index) => index), 8, async (index) => {
    const answer = await play.call(key, '/v1/chat/completions', { model: 'case-captions', user: `reader-${index}`, max_tokens: 20, messages: [{ role: 'user', content: `A caption for photo ${index}, please.` }] })
    if (answer.status !== 200) throw new Error(`case-captions answered ${answer.status}: ${answer.text}`)
    met.push({ call: String(answer.headers['x-weir-call-id']), side: String(answer.headers['x-weir-deployment']) })
  })
  return met
}

interface Sides { readonly sides: readonly { readonly side: string; readonly judged: number; readonly costPerSuccess?: { readonly value: string } }[]; readonly says: string }

export const ownModelAct: Act = {
  number: 7,
  title: 'own model',
  needs: [4],
  played: async (play) => (await play.get<{ readonly data: readonly { readonly model: string }[] }>('/admin/v1/diversions')).data.some((one) => one.model === 'case-captions'),
  run: async (play) => {
    const { secret } = await keyFor(play, 'buyer', 'captions', 'product', 'captions')
    await play.until('the key of the product', () => play.call(secret, '/v1/chat/completions', { model: 'no-such-model', messages: [] }), (answer) => answer.status === 404)
    await play.send('PUT', '/admin/v1/diversions/case-captions', { to: 'own/captions', share })
    // A change holds on every node within two seconds.
    await new Promise((resolve) => void setTimeout(resolve, 2_000))
    const met = [...await callAll(play, secret), ...await callAll(play, secret)]
    // What the product counts as success is the product's to say; here four captions of five are kept, on either side.
    const told = await play.call(secret, '/v1/feedback', { events: met.map((one, index) => ({ call: one.call, signal: 'kept', success: index % 5 !== 0 })) })
    if (told.status !== 200) throw new Error(`feedback answered ${told.status}: ${told.text}`)
    const both = await play.until('the outcomes', () => play.get<Sides>('/admin/v1/diversions/case-captions/sides?signal=kept'), ({ sides }) => sides.reduce((sum, side) => sum + side.judged, 0) >= met.length)
    const own = met.filter((one) => one.side === 'own/captions').length
    play.say(`${ownModelShare.value} % of readers to the own model: ${own} of ${met.length} calls; cost per kept caption ${both.sides.map((side) => `${side.side} ${side.costPerSuccess?.value ?? 'unknown'}`).join(', ')}. ${both.says}`)
  },
}

async function record(play: Play, kind: string, body: object): Promise<void> {
  await play.send('POST', `/admin/v1/outlook/records/${kind}`, body)
}

/** Quarters and days are assumed: the case has the figures only. */
async function guide(play: Play): Promise<void> {
  const subject = { base: cloudGrowthActual.base, metric: 'growth on the year before', unit: '%' }
  const given = { assumptions: ['as reported by the press'], source: 'demo/case.json' }
  const [low, high] = cloudGrowthExpected.value
  const [nextLow, nextHigh] = cloudGrowthGuidance.value
  await record(play, 'guidance', { ...subject, ...given, owner: 'the market', quarter: '2023Q3', low, high, given: '2023-07-25' })
  await record(play, 'actual', { ...subject, quarter: '2023Q3', value: cloudGrowthActual.value, known: '2023-10-24', source: 'demo/case.json' })
  await record(play, 'guidance', { ...subject, ...given, owner: 'finance chief of the cloud', quarter: '2023Q4', low: nextLow, high: nextHigh, given: '2023-10-24' })
}

const assumptions: readonly (readonly [string, string, string, string?])[] = [
  ['build', '20000000', '60000000', 'USD'], ['amortisation-months', '24', '36'], ['operations-month', '1500000', '3000000', 'USD'], ['unit-month', '1825', '2920', 'USD'],
  ['unit-tokens-per-second', '900', '3000'], ['utilisation', '0.4', '0.7'], ['variable-cost-per-million', '0.02', '0.10', 'USD'],
]

export const outlookAct: Act = {
  number: 8,
  title: 'outlook',
  needs: [1],
  played: async (play) => (await play.get<{ readonly data: readonly object[] }>('/admin/v1/outlook/records/guidance')).data.length > 0,
  run: async (play) => {
    await guide(play)
    for (const [name, low, high, currency] of assumptions) await record(play, 'assumption', { name, low, high, ...(currency === undefined ? {} : { currency }), owner: 'platform', given: new Date().toISOString().slice(0, 10), source: 'assumed for this demonstration' })
    await record(play, 'retirement', { model: 'case-small', retires: new Date(Date.now() + 140 * 86_400_000).toISOString().slice(0, 10), replacement: 'case-large', source: 'assumed for this demonstration' })
    const { outlook } = await play.get<{ readonly outlook: { readonly concentration: { readonly customers: readonly { readonly customer: string; readonly share: string; readonly points: string }[] } } }>('/admin/v1/outlook?base=usage&what_if=buyer%3Dleaves')
    const buyer = outlook.concentration.customers.find((one) => one.customer === 'buyer')
    if (buyer?.share !== `${buyerShare.value}.00`) throw new Error(`the buyer's share is ${buyer?.share ?? 'unknown'} %, the case says ${buyerShare.value}`)
    play.say(`the buyer is ${buyer.share} % of the month, ${buyer.points} points of the concentration index; guidance, assumptions and a retirement are recorded`)
  },
}
