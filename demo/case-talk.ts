/** Cases as chapters speak of them: by admin API, each person with a token of their own. */
import assert from 'node:assert/strict'
import { post } from './talk.ts'

export interface CaseView {
  readonly id: string
  readonly state: string
  readonly restrictions: readonly { readonly id: string; readonly kind: string; readonly status: string; readonly by: string; readonly approved_by: string | null }[]
  readonly statements_of_reasons: readonly { readonly clause: string; readonly decision_provision: string | null; readonly redress: string }[]
}

export interface Person {
  /** A change that has to succeed. */
  readonly does: (path: string, body: object) => Promise<CaseView>
  /** A change that has to be refused with this code; answers the sentence. */
  readonly mayNot: (path: string, body: object, code: string) => Promise<string>
  readonly token: string
}

export function person(url: string, token: string): Person {
  const send = (path: string, body: object): ReturnType<typeof post> => post(`${url}/admin/v1/${path}`, { authorization: `Bearer ${token}` }, body)
  return {
    token,
    does: async (path, body) => {
      const answer = await send(path, body)
      assert.ok(answer.status === 200 || answer.status === 201, `${path}: ${answer.status} ${answer.text}`)
      return JSON.parse(answer.text) as CaseView
    },
    mayNot: async (path, body, code) => {
      const answer = await send(path, body)
      const { error } = JSON.parse(answer.text) as { error: { code: string; message: string } }
      assert.deepEqual([answer.status < 500, error.code], [true, code], answer.text)
      return error.message
    },
  }
}

/** Another person's token, made by the first. */
export async function anotherPerson(url: string, first: Person, name: string): Promise<Person> {
  const answer = await post(`${url}/admin/v1/tokens`, { authorization: `Bearer ${first.token}` }, { name })
  assert.equal(answer.status, 201, answer.text)
  return person(url, (JSON.parse(answer.text) as { secret: string }).secret)
}

/** The latest restriction of a kind. */
export function restrictionOf(view: CaseView, kind: string): CaseView['restrictions'][number] {
  const found = view.restrictions.findLast((one) => one.kind === kind)
  assert.ok(found !== undefined, `${kind} of ${view.id}`)
  return found
}

/** From signal to decision, with notice and answer. */
export async function decideCase(who: Person, about: object, grounds: { readonly clause: string; readonly says: string; readonly evidence: readonly string[] }, source: object = {}): Promise<CaseView> {
  const { id } = await who.does('cases', { about, ...grounds, ...source })
  for (const [act, says] of [['take-up', 'The signal is plausible.'], ['open', 'There is something to look into.'], ['notice', 'The customer was told by mail.'], ['answer', 'The customer says that it was a test.'], ['investigate', 'Answer and calls are compared.']]) {
    await who.does(`cases/${id}/moves`, { act, says })
  }
  return who.does(`cases/${id}/moves`, { act: 'decide', says: grounds.says, finding: 'penalty', evidence: grounds.evidence })
}
