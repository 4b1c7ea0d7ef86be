/**
 * Acts 5 and 6: what a case may take away, and who decides an appeal. The detector has seen a key, a person looks at it and
 * has not decided yet; a complaint of the maker led to a suspension, which the buyer appealed and a third person took back in part.
 */
import { harvest, holdDrill, supplierWarns, tellTheDesk } from './desk.ts'
import type { Act, Play } from './play.ts'

interface Case { readonly id: string; readonly clause: string; readonly state: string; readonly restrictions: readonly { readonly id: string; readonly kind: string }[] }

const casesOf = async (play: Play): Promise<readonly Case[]> => (await play.get<{ readonly data: readonly Case[] }>('/admin/v1/cases?organization=buyer')).data
const hasCase = (clause: string) => async (play: Play): Promise<boolean> => (await casesOf(play)).some((one) => one.clause === clause)

const move = (play: Play, id: string, body: object, token?: string): Promise<Case> => play.send('POST', `/admin/v1/cases/${id}/moves`, body, token)

export const suspensionAct: Act = {
  number: 5,
  title: 'suspension',
  needs: [4],
  played: hasCase('oai.extract'),
  run: async (play) => {
    const desk = await tellTheDesk(play)
    await supplierWarns(play)
    play.say('the supplier warns: matched with our receipts, calls in dispute held, one call\'s content asked for')
    const drill = await holdDrill(play)
    play.say(`a drill, the maker's supplier gone: ${drill.lines.length} uses worked through, ${drill.stops} would stop`)
    const { signal, key, caseId } = await harvest(play)
    play.say(`a key asks for training data under a purpose that says captions: ${(signal.card.score ?? 0).toFixed(0)} standard deviations, ${signal.card.threshold} is the threshold; the detector watches it and opens case ${caseId} for a person`)
    const about = { organization: 'buyer', project: 'captions', key }
    const grounds = { clause: 'oai.extract', says: 'Its calls ask for training data, which captions do not need.', evidence: [`signal ${signal.id}`] }
    const early = await play.attempt('POST', `/admin/v1/cases/${caseId}/restrictions`, { kind: 'suspend_key', scope: about, ...grounds })
    if (early.status < 400) throw new Error(`a key was suspended before it was heard: ${early.text}`)
    await move(play, caseId, { act: 'open', says: 'There is something to look into.' })
    await move(play, caseId, { act: 'notice', says: 'The customer was told by mail.' })
    await desk.quieten()
    play.say(`case ${caseId} about a key of the buyer: suspending it at once was refused; it is watched, and the customer was told`)
  },
}

const grounds = { clause: 'oai.compete', says: 'Outputs are said to have gone into a chat model of the buyer\'s own.', evidence: ['complaint-1'] }

async function decide(play: Play): Promise<Case> {
  const { id } = await play.send<Case>('POST', '/admin/v1/cases', { about: { organization: 'buyer', project: 'captions' }, ...grounds, source: 'referral', referred_by: 'openai' })
  for (const [act, says] of [['take-up', 'The complaint is plausible.'], ['open', 'There is something to look into.'], ['notice', 'The customer was told by mail.'], ['answer', 'The customer says that its use was limited.'], ['investigate', 'Answer and calls are compared.']] as const) await move(play, id, { act, says })
  return move(play, id, { act: 'decide', says: grounds.says, finding: 'penalty', evidence: grounds.evidence })
}

export const appealAct: Act = {
  number: 6,
  title: 'appeal',
  needs: [],
  played: hasCase('oai.compete'),
  run: async (play) => {
    const { id } = await decide(play)
    const restrict = (kind: string, scope: object): Promise<Case> => play.send('POST', `/admin/v1/cases/${id}/restrictions`, { kind, scope, ...grounds })
    await restrict('block_train', { organization: 'buyer' })
    const proposed = await restrict('suspend_project', { organization: 'buyer', project: 'captions' })
    const suspension = proposed.restrictions.findLast((one) => one.kind === 'suspend_project')?.id ?? ''
    await play.send('POST', `/admin/v1/cases/${id}/restrictions/${suspension}/approve`, {}, await play.person('second person'))
    await move(play, id, { act: 'appeal', says: 'The statement of use shows product and evaluation only.', evidence: ['statement-of-use'] })
    const varied = await move(play, id, { act: 'vary', says: 'No call of the product went into training; what a model of its own is made of stays to be shown.', lift: [suspension] }, await play.person('appeals officer'))
    play.say(`case ${id} after the maker's complaint: suspended by two people, appealed, ${varied.state} by a third; training stays blocked`)
  },
}
