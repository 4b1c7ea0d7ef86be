/** Plain HTTP, as any client speaks it. */
import { request } from 'undici'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  readonly bytes: number
}

export async function post(url: string, headers: Readonly<Record<string, string>>, body: object): Promise<Answer> {
  const answer = await request(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })
  const text = await answer.body.text()
  return { status: answer.statusCode, headers: answer.headers, text, bytes: Buffer.byteLength(text) }
}

/** GET of the admin API; throws with the answer where it is not 200. */
export async function ask(url: string, token: string): Promise<unknown> {
  const answer = await request(url, { headers: { authorization: `Bearer ${token}` } })
  const text = await answer.body.text()
  if (answer.statusCode !== 200) throw new Error(`${url} answered ${answer.statusCode}: ${text}`)
  return JSON.parse(text)
}
