import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { gzipSync } from 'node:zlib'
import { encode } from 'gpt-tokenizer/encoding/o200k_base'
import { systemClock } from '../../kernel/clock.ts'
import { formatDecimal } from '../../kernel/decimal.ts'
import { seededRandom } from '../../kernel/random.ts'
import { systemTimers } from '../../kernel/timers.ts'
import { makePrompts, words } from './prompts.ts'
import { percentile, replay } from './replay.ts'
import { readTrace } from './trace.ts'

test('every word is one token, at the start and after a space', () => {
  assert.equal(new Set(words).size, words.length)
  for (const word of words) {
    assert.equal(encode(word).length, 1, word)
    assert.equal(encode(` ${word}`).length, 1, word)
  }
})

test('a prompt has exactly the tokens asked for, and no two long ones begin alike', () => {
  const prompts = makePrompts(seededRandom(3))
  for (const tokens of [0, 1, 2, 5, 6, 7, 374, 1_024, 14_050, 40_000]) assert.equal(encode(prompts.of(tokens, 17)).length, tokens, `${tokens}`)
  const starts = new Set(Array.from({ length: 5_000 }, (_, call) => prompts.of(8, call)))
  assert.equal(starts.size, 5_000)
})

test('traces: CSV, JSON lines and gzip are read; a bad row is named by its line', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-trace-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const csv = join(folder, 'a.csv')
  writeFileSync(csv, 'TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 18:15:50.9951690,396,109\r\n2023-11-16 18:15:46.6805900,374,44\r\n2023-11-16 18:15:51,1,0\r\n')
  assert.deepEqual(await readTrace(csv), { rows: [{ atMs: 0, inputTokens: 374, outputTokens: 44 }, { atMs: 4314.579, inputTokens: 396, outputTokens: 109 }].map((row, index) => ({ ...row, atMs: index === 0 ? 0 : Date.parse('2023-11-16T18:15:50Z') + 995.169 - (Date.parse('2023-11-16T18:15:46Z') + 680.59) })), skipped: 1 })
  const lines = join(folder, 'b.jsonl.gz')
  writeFileSync(lines, gzipSync('{"timestamp": 10, "input_length": 5, "output_length": 6}\n{"timestamp": 30, "input_length": 7, "output_length": 8, "hash_ids": []}\n'))
  assert.deepEqual(await readTrace(lines), { rows: [{ atMs: 0, inputTokens: 5, outputTokens: 6 }, { atMs: 20, inputTokens: 7, outputTokens: 8 }], skipped: 0 })
  const bad = join(folder, 'c.csv')
  writeFileSync(bad, 'TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46,3,x\n')
  assert.match(JSON.stringify(await readTrace(bad)), /c\.csv:2: the output is no number of tokens: expected a whole number/)
  writeFileSync(bad, 'a,b\n')
  assert.match(JSON.stringify(await readTrace(bad)), /c\.csv:1: expected CSV/)
  assert.match(JSON.stringify(await readTrace(join(folder, 'none.csv'))), /ENOENT/)
})

test('traces as other programs write them: byte order marks, quotes, any order of columns; what cannot be played is named', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-trace-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const read = async (text: string): Promise<unknown> => {
    writeFileSync(join(folder, 'a'), text)
    return readTrace(join(folder, 'a'))
  }
  const one = { rows: [{ atMs: 0, inputTokens: 10, outputTokens: 5 }], skipped: 0 }
  assert.deepEqual(await read('\uFEFF"TIMESTAMP","ContextTokens","GeneratedTokens"\r\n"2023-11-16 18:15:46","10","5"\r\n'), one)
  assert.deepEqual(await read('generatedtokens, extra ,TIMESTAMP,ContextTokens\n5,x,2023-11-16T18:15:46.1Z,10\n\n'), one)
  assert.deepEqual(await read('\uFEFF{"timestamp":0,"input_length":10,"output_length":5}\r\n'), one)
  const header = 'TIMESTAMP,ContextTokens,GeneratedTokens\n'
  for (const [row, says] of [['yesterday,1,1', /a:2: the time yesterday is none: expected 2023/], ['2023-11-16 18:15:46,1.5,1', /a:2: the input is no number/], ['2023-11-16 18:15:46,9999999999,1', /a:2: the input .* from 0 to 10000000/], ['2023-11-16 18:15:46,1', /a:2: the output/]] as const) {
    assert.match(JSON.stringify(await read(`${header}${row}\n`)), says)
  }
})

test('replay counts tokens, cost and failures as the server answered them', async (t) => {
  let n = 0
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      n += 1
      if (n === 3) return void response.writeHead(429).end('{"error":{"code":"rate_limit_exceeded"}}')
      const body = JSON.parse(Buffer.concat(chunks).toString()) as { max_tokens: number; messages: { content: string }[] }
      response.writeHead(200, { 'x-weir-cost': '0.00000005' }).end(JSON.stringify({ usage: { prompt_tokens: encode(body.messages[0]?.content ?? '').length, completion_tokens: body.max_tokens } }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const { port } = server.address() as { port: number }
  const rows = Array.from({ length: 10 }, (_, index) => ({ atMs: index, inputTokens: 10 + index, outputTokens: 3 }))
  const result = await replay(rows, { url: `http://127.0.0.1:${port}/`, key: 'k', model: 'm', speed: undefined, concurrency: 1, prompts: makePrompts(seededRandom(1)), clock: systemClock, timers: systemTimers, progress: () => undefined, stopped: () => false })
  assert.deepEqual([result.calls, result.failures, result.inputTokens, result.outputTokens, result.offTrace], [10, 1, 145 - 12, 27, 0])
  assert.equal(result.cost === undefined ? '' : formatDecimal(result.cost), '0.00000045')
  assert.deepEqual([...result.failuresByKind], [['429 rate_limit_exceeded', 1]])
  assert.equal(percentile(Float64Array.from([1, 2, 3, 4]), 0.5), 2)
  assert.equal(percentile(Float64Array.from([1, 2, 3, 4]), 0.99), 4)
})
