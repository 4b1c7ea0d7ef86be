/**
 * Acts 5 and 6: what a case may take away, and who decides an appeal. The cloud looks at a key and has not decided yet; a
 * complaint of the maker led to a suspension, which the buyer appealed and a third person took back in part.
 */
import { keyFor } from './installation.ts'
import type { Act, Play } from './play.ts'

interface Case { readonly id: string; readonly clause: string; readonly state: string; readonly restrictions: readonly { readonly id: string; readonly kind: string }[] }

const casesOf = async (play: Play): Promise<readonly Case[]> => (await play.get<{ readonly data: readonly Case[] }>('/admin/v1/cases?organization=buyer')).data
const hasCase = (clause: string) => async (play: Play): Promise<boolean> => (await casesOf(play)).some((one) => one.clause === clause)

const move = (play: Play, id: string, body: object, token?: string): Promise<Case> => play.send('POST', `/admin/v1/cases/${id}/moves`, body, token)

export const suspensionAct: Act = {
  number: 5,
  title: 'suspension',
  needs: [],
  played: hasCase('oai.extract'),
  run: async (play) => {
    const { id: key } = await keyFor(play, 'buyer', 'captions', 'harvest')
    const about = { organization: 'buyer', project: 'captions', key }
    const grounds = { clause: 'oai.extract', says: 'Its calls walk through the model as an extraction would.', evidence: ['signal-1'] }
    const { id } = await play.send<Case>('POST', '/admin/v1/cases', { about, ...grounds })
    await move(play, id, { act: 'take-up', says: 'The signal is plausible.' })
    const early = await play.attempt('POST', `/admin/v1/cases/${id}/restrictions`, { kind: 'suspend_key', scope: about, ...grounds })
    if (early.status < 400) throw new Error(`a key was suspended before it was heard: ${early.text}`)
    await move(play, id, { act: 'open', says: 'There is something to look into.' })
    await play.send('POST', `/admin/v1/cases/${id}/restrictions`, { kind: 'watch', scope: about, ...grounds })
    await move(play, id, { act: 'notice', says: 'The customer was told by mail.' })
    play.say(`case ${id} about a key of the buyer: suspending it at once was refused; it is watched, and the customer was told`)
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
