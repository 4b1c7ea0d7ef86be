/** docs/terms.md, run: every command of the page, in its order, by a shell, against a server with the page's own weir.yaml. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { anotherPerson, person } from '../demo/case-talk.ts'
import { startWeir } from '../demo/weir-process.ts'

const root = join(import.meta.dirname, '..')
const page = readFileSync(join(root, 'docs/terms.md'), 'utf8')
const key = 'sk-weir-guide-captions-0001'

/** Commands of the page: continued lines and here-documents are one command. */
function commandsIn(block: string): string[] {
  const commands: string[] = []
  let until: string | undefined
  for (const line of block.trimEnd().split('\n')) {
    if (until !== undefined || commands.at(-1)?.endsWith('\\') === true) commands[commands.length - 1] += `\n${line}`
    else commands.push(line)
    until = until === undefined ? /<<(\w+)$/.exec(line)?.[1] : line === until ? undefined : until
  }
  return commands
}

interface Ran { readonly code: number; readonly out: string }

function run(command: string, folder: string, env: Readonly<Record<string, string>>): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', command], { cwd: folder, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { out += chunk.toString() })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? -1, out }))
  })
}

const idPattern = /\b(case|notice|call|access|hold|restriction|whe|hit|dec|approval)_[0-9a-z]{20,}/g

/** The day for which the dates of its holds are written: a hold ends within a year. */
const writtenMs = Date.parse('2026-11-29T00:00:00Z')
const asFarFromToday = (day: string): string => new Date(Date.now() + Date.parse(day) - writtenMs).toISOString().slice(0, 10)

/** Fills in what the page leaves to the reader: days that lie ahead, and ids that were printed, the last of each kind; of calls the first. */
class Seen {
  readonly #ids = new Map<string, string>()
  #hash = ''
  take(out: string): void {
    for (const [id, kind = ''] of out.matchAll(idPattern)) if (kind !== 'call' || !this.#ids.has(kind)) this.#ids.set(kind, id)
    this.#hash = /--sha256 ([0-9a-f]{64})/.exec(out)?.[1] ?? this.#hash
  }
  fill(command: string): string {
    return command.replaceAll(/\b([a-z]+)_(?:01j2|5f…)/g, (whole, kind: string) => this.#ids.get(kind) ?? whole).replaceAll('4c0f…', this.#hash)
      .replaceAll(/(?<=weir holds .*--until )\S+/g, asFarFromToday)
  }
}

/** What takes until the next signed checkpoint may be asked for again. */
const waits = /receipt get|cases pack|notices respond/

test('every command of docs/terms.md does what the page says', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-guide-'))
  const [, config = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? []
  const weir = await startWeir({ data: join(folder, 'data'), config, env: { CAPTIONS_KEY: key } })
  try {
    const first = person(weir.url, weir.first?.adminToken ?? '')
    const colleague = await anotherPerson(weir.url, first, 'colleague')
    const bin = join(folder, 'bin')
    mkdirSync(bin)
    writeFileSync(join(bin, 'npx'), `#!/bin/bash\nshift 2\nexec "${process.execPath}" "${join(root, 'bin/weir.js')}" "$@"\n`)
    chmodSync(join(bin, 'npx'), 0o755)
    const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}`, WEIR_URL: weir.url, WEIR_TOKEN: first.token, COLLEAGUE: colleague.token, CAPTIONS_KEY: key, NO_COLOR: '1' }
    const seen = new Seen()
    let count = 0
    for (const [, block = ''] of page.matchAll(/```sh\n([\s\S]*?)```/g)) {
      for (const written of commandsIn(block)) {
        const command = seen.fill(written)
        assert.doesNotMatch(command.replaceAll(/<<END[\s\S]*/g, ''), /_01j2|_5f…|4c0f…/, `nothing was printed that fits: ${command}`)
        const expected = (/# exit code ([\d or]+)$/.exec(written)?.[1] ?? '0').split(' or ').map(Number)
        let ran = await run(command, folder, env)
        for (let tries = 0; tries < 40 && waits.test(command) && !expected.includes(ran.code); tries += 1) {
          await new Promise((resolve) => setTimeout(resolve, 250))
          ran = await run(command, folder, env)
        }
        assert.ok(expected.includes(ran.code), `${command}\nended with ${ran.code}, not ${expected.join(' or ')}:\n${ran.out}\n${weir.log()}`)
        if (process.env['WEIR_SHOW_GUIDE'] === '1') process.stdout.write(`$ ${command}\n${ran.out}\n`)
        seen.take(ran.out)
        count += 1
      }
    }
    assert.ok(count > 70, `${count} commands`)
    await weir.stop()
  } finally {
    await weir.kill()
    rmSync(folder, { recursive: true, force: true })
  }
})
