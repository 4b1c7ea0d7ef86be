/** `weir demo`: the story of the case, chapter by chapter, against live servers. A chapter not built yet is listed as planned. */
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { join } from 'node:path'
import type { Command } from 'commander'
import { adminClient, type ServerOptions, withServer } from './admin-client.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { wrapped } from './table.ts'

/** What a file of demo/chapters/ exports. */
export interface Chapter {
  readonly number: number
  readonly title: string
  /** One sentence: the question of the case that it answers. */
  readonly asks: string
  /** Absent: planned. Throws where what it shows is not so. */
  readonly run?: (stage: { readonly say: (line: string) => void; readonly json: boolean }) => Promise<void>
}

/** What demo/seed.ts exports. */
interface SeedModule {
  readonly seed: (options: { readonly url: string; readonly token: string; readonly say: (line: string, act: { readonly number: number; readonly title: string }) => void; readonly only?: number }) => Promise<
    | { readonly status: 'played'; readonly acts: readonly { readonly number: number; readonly was: 'played' | 'there' }[]; readonly before: readonly object[]; readonly after: readonly object[] }
    | { readonly status: 'refused'; readonly says: string }>
}

const planned: readonly Omit<Chapter, 'run'>[] = [
  { number: 1, title: 'calls', asks: 'Is every call metered to the token?' },
  { number: 2, title: 'three books', asks: 'Do buyer, cloud and maker have the same record?' },
  { number: 3, title: 'invoice and statement', asks: 'Is the bill right, and what is owed both ways?' },
  { number: 4, title: 'breach stopped at export', asks: 'Can output become training data against the terms?' },
  { number: 5, title: 'suspension', asks: 'What happens when a supplier suspends the account?' },
  { number: 6, title: 'appeal', asks: 'To what extent were the terms broken, and who decides?' },
  { number: 7, title: 'own model', asks: 'Can an own model take the traffic without hurting users?' },
  { number: 8, title: 'outlook', asks: 'How much of next quarter hangs on one customer?' },
]

interface DemoOptions extends ServerOptions {
  readonly list?: boolean
  readonly seed?: boolean
  readonly json?: boolean
}

export function demoCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  withServer(program.command('demo').description('tell the case, chapter by chapter, against live servers').argument('[chapter]', 'number of the chapter to run; all that are built by default'))
    .option('--list', 'only list the chapters')
    .option('--seed', 'play it on the running server instead, so that every page shows it')
    .option('--json', 'print one JSON document a line: what is said, then how it ended')
    .addHelpText('after', `
A chapter starts servers of its own and leaves nothing behind. With --seed the
case is played on a server that runs already, by its admin API and its gateway,
in about half a minute; what was played before is left as it is. A server with
other providers than the sandbox is refused.

Examples:
  weir demo --list
  weir demo 1
  weir demo --seed`)
    .action(async (number: string | undefined, options: DemoOptions) => finish(await demo(number, options, context)))
}

async function demo(number: string | undefined, options: DemoOptions, context: CliContext): Promise<ExitCode> {
  const chapters = await loadChapters()
  if (options.list === true) {
    if (options.json === true) context.out(JSON.stringify(chapters.map((chapter) => ({ number: chapter.number, title: chapter.title, asks: chapter.asks, state: chapter.run === undefined ? 'planned' : 'works' }))))
    else for (const chapter of chapters) context.out(`${chapter.number}  ${chapter.title.padEnd(26)} ${chapter.run === undefined ? 'planned' : 'works'}\n   ${chapter.asks}`)
    return exit.ok
  }
  const chosen = number === undefined ? chapters.filter((chapter) => chapter.run !== undefined) : chapters.filter((chapter) => String(chapter.number) === number)
  if (chosen.length === 0) {
    context.note(number === undefined ? 'No chapter is built yet; see weir demo --list' : `no chapter ${number}; see weir demo --list`)
    return number === undefined ? exit.failed : exit.usage
  }
  if (options.seed === true) return play(number === undefined ? undefined : Number(number), options, context)
  for (const chapter of chosen) {
    if (chapter.run === undefined) {
      context.note(`chapter ${chapter.number}, ${chapter.title}, is planned and not built yet`)
      return exit.failed
    }
    if (options.json !== true) context.out(`Chapter ${chapter.number}: ${chapter.title}. ${chapter.asks}`)
    const say = (line: string): void => context.out(options.json === true ? JSON.stringify({ kind: 'says', chapter: chapter.number, says: line }) : line)
    const failed = await failureOf(() => chapter.run?.({ say, json: options.json === true }))
    if (failed !== undefined) {
      context.note(`chapter ${chapter.number}: ${failed}`)
      return exit.failed
    }
    if (options.json === true) context.out(JSON.stringify({ kind: 'ended', chapter: chapter.number }))
  }
  return exit.ok
}

/** A chapter throws where what it shows is not so, and an act where the server answers otherwise: said in words. */
async function failureOf(run: () => Promise<unknown> | undefined): Promise<string | undefined> {
  try {
    await run()
    return undefined
  } catch (cause) {
    if (cause instanceof Error) return cause.message
    throw cause
  }
}

/** Plays the case, or one act of it, on the server that the options name. */
async function play(only: number | undefined, options: DemoOptions, context: CliContext): Promise<ExitCode> {
  const { url, token } = adminClient(context, options)
  const folder = demoFolder()
  if (folder === undefined || token === undefined) {
    context.note(folder === undefined ? 'the demonstration is not part of this installation' : 'no admin token: name the server\'s folder with --data, or give --token')
    return folder === undefined ? exit.failed : exit.notPermitted
  }
  const { seed } = (await import(pathToFileURL(join(folder, `seed${extension}`)).href)) as SeedModule
  let chapter = 0
  const say = (line: string, act: { readonly number: number; readonly title: string }): void => {
    if (options.json === true) return context.out(JSON.stringify({ kind: 'says', chapter: act.number, says: line }))
    if (act.number !== chapter) context.out(`${act.number}  ${act.title}`)
    chapter = act.number
    for (const each of wrapped(line, '   ')) context.out(each)
  }
  let done: Awaited<ReturnType<SeedModule['seed']>> | undefined
  const failed = await failureOf(async () => { done = await seed({ url, token, say, ...(only === undefined ? {} : { only }) }) })
  if (failed !== undefined || done === undefined) {
    context.note(failed ?? 'the case was not played')
    return exit.failed
  }
  if (done.status === 'refused') {
    context.note(done.says)
    return exit.failed
  }
  if (options.json === true) context.out(JSON.stringify({ kind: 'played', acts: done.acts, before: done.before, after: done.after }))
  else {
    const there = done.acts.filter((act) => act.was === 'there')
    if (there.length > 0) context.out(`played before: ${there.map((act) => act.number).join(', ')}`)
    context.out(`See it at ${url}`)
  }
  return exit.ok
}

/** Sources in the repository, JavaScript in the package. */
const extension = import.meta.filename.slice(import.meta.filename.lastIndexOf('.'))
const demoFolder = (): string | undefined => [new URL('../../demo/', import.meta.url), new URL('../demo/', import.meta.url)].map((url) => fileURLToPath(url)).find((path) => existsSync(join(path, 'chapters')))

async function loadChapters(): Promise<readonly Chapter[]> {
  const demos = demoFolder()
  const folder = demos === undefined ? undefined : join(demos, 'chapters')
  const files = folder === undefined ? [] : readdirSync(folder).filter((name) => /^\d+-[a-z-]+\.(ts|js)$/.test(name))
  const built = new Map<number, Chapter>()
  for (const file of files) {
    const module = (await import(pathToFileURL(join(folder ?? '', file)).href)) as { readonly chapter?: Chapter }
    if (module.chapter !== undefined) built.set(module.chapter.number, module.chapter)
  }
  return planned.map((chapter) => built.get(chapter.number) ?? chapter)
}
