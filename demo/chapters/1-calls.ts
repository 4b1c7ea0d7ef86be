/** Chapter 1: a call goes through on every surface and is metered to the token. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Chapter } from '../chapter.ts'
import { ask, post } from '../talk.ts'
import { until } from '../until.ts'
import { startWeir } from '../weir-process.ts'

interface UsageRow {
  readonly model: string
  readonly calls: number
  readonly reported_calls: number
  readonly input_tokens: number
  readonly output_tokens: number
  readonly cost: string
  readonly currency: string
}

/** List prices, US dollars per million tokens, of the sandbox's price list on the day that these were read: 2026-11-23. */
const prices = { 'gpt-4.1': { input: 2_000_000n, output: 8_000_000n }, 'claude-sonnet-4-6': { input: 3_000_000n, output: 15_000_000n } } as const

const user = [{ role: 'user', content: 'Write a caption for a photo of a river.' }]

/** Millionths of a dollar per million tokens × tokens = 10^-12 dollars, exactly. */
function costOf(model: keyof typeof prices, input: number, output: number): string {
  const picos = BigInt(input) * prices[model].input + BigInt(output) * prices[model].output
  const digits = picos.toString().padStart(13, '0')
  return `${digits.slice(0, -12)}.${digits.slice(-12)}`.replace(/\.?0+$/, '')
}

export const chapter: Chapter = {
  number: 1,
  title: 'calls',
  asks: 'Is every call metered to the token?',
  run: async ({ say }) => {
    const folder = mkdtempSync(join(tmpdir(), 'weir-chapter-'))
    const weir = await startWeir({ data: join(folder, 'data') })
    try {
      const key = weir.first?.key ?? ''
      const bearer = { authorization: `Bearer ${key}` }
      say(`Weir listens on ${weir.url} with its sandbox. Three clients call, each by its own API:`)
      const openai = await post(`${weir.url}/v1/chat/completions`, bearer, { model: 'gpt-4.1', messages: user })
      const azure = await post(`${weir.url}/openai/deployments/gpt-4.1/chat/completions?api-version=2024-10-21`, { 'api-key': key }, { messages: user, stream: true })
      const anthropic = await post(`${weir.url}/v1/messages`, { 'x-api-key': key, 'anthropic-version': '2023-06-01' }, { model: 'claude-sonnet-4-6', max_tokens: 40, messages: user })
      for (const [name, answer] of Object.entries({ 'OpenAI   ': openai, 'Azure    ': azure, 'Anthropic': anthropic })) {
        assert.equal(answer.status, 200, answer.text)
        say(`  ${name}  ${answer.status}  call ${String(answer.headers['x-weir-call-id'])}  ${answer.bytes} bytes`)
      }
      const refused = await post(`${weir.url}/v1/chat/completions`, { authorization: 'Bearer sk-wrong-key-0000000000' }, { model: 'gpt-4.1', messages: user })
      assert.equal(refused.status, 401)
      say(`  a wrong key  ${refused.status}, and nothing is dialled`)
      const usage = await settledUsage(weir.url, weir.first?.adminToken ?? '', 3)
      say('The books say, to the token:')
      for (const row of usage) {
        assert.equal(row.reported_calls, row.calls, `${row.model}: all usage was reported`)
        const expected = costOf(row.model as keyof typeof prices, row.input_tokens, row.output_tokens)
        assert.equal(row.cost, expected, `${row.model}: tokens times price`)
        say(`  ${row.model.padEnd(18)} ${row.calls} calls  ${row.input_tokens} in  ${row.output_tokens} out  ${row.cost} ${row.currency} = tokens × price`)
      }
      await weir.stop()
    } finally {
      await weir.kill()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

/** Posting follows the calls within a second or so: asks until as many calls are in the books. */
async function settledUsage(url: string, token: string, calls: number): Promise<readonly UsageRow[]> {
  const read = async (): Promise<readonly UsageRow[]> => ((await ask(`${url}/admin/v1/usage`, token)) as { readonly data: readonly UsageRow[] }).data
  return until(`${calls} calls in the books`, read, (rows) => rows.reduce((sum, row) => sum + row.calls, 0) >= calls)
}
