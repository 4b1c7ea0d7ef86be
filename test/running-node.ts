/** A node in the test's own process, in a folder of its own, with its admin API and its calls by plain HTTP. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { request } from 'undici'
import { readConfig } from '../src/config.ts'
import { start } from '../src/main.ts'

export interface NodeAnswer {
  readonly status: number
  readonly text: string
  /** The deployment that served, of an answer to a call. */
  readonly deployment: string
}

export interface TestNode {
  readonly url: string
  /** Its data folder. */
  readonly data: string
  /** An admin token. */
  readonly token: string
  readonly ask: (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, bearer: string, body?: object) => Promise<NodeAnswer>
}

/** Starts it with the text of a weir.yaml; stopped and removed when the test has ended. `prepare` is handed its data folder, still empty. */
export async function startNodeForTest(t: TestContext, config: string, prepare: (data: string) => void = () => undefined): Promise<TestNode> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-node-'))
  const [file, data] = [join(folder, 'weir.yaml'), join(folder, 'data')]
  writeFileSync(file, config)
  mkdirSync(data)
  prepare(data)
  const read = readConfig({ flags: { port: '0', data, logLevel: 'silent', config: file, drainMs: '200' }, env: {}, readFile: (path) => ({ text: readFileSync(path, 'utf8') }) })
  assert.ok(!('problems' in read), JSON.stringify(read))
  const node = await start(read)
  t.after(async () => {
    await node.drain()
    rmSync(folder, { recursive: true, force: true })
  })
  const { token } = JSON.parse(readFileSync(join(data, 'cli-token'), 'utf8')) as { readonly token: string }
  return {
    url: node.url, data, token,
    ask: async (method, path, bearer, body) => {
      const answer = await request(`${node.url}${path}`, { method, headers: { authorization: `Bearer ${bearer}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, body: body === undefined ? null : JSON.stringify(body) })
      return { status: answer.statusCode, text: await answer.body.text(), deployment: String(answer.headers['x-weir-deployment']) }
    },
  }
}
