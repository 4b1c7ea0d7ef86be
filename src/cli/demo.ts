/** `weir demo`: the story of the case, chapter by chapter, against live servers. A chapter not built yet is listed as planned. */
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { join } from 'node:path'
import type { Command } from 'commander'
import { type CliContext, exit, type ExitCode } from './context.ts'

/** What a file of demo/chapters/ exports. */
export interface Chapter {
  readonly number: number
  readonly title: string
  /** One sentence: the question of the case that it answers. */
  readonly asks: string
  /** Absent: planned. Throws where what it shows is not so. */
  readonly run?: (stage: { readonly say: (line: string) => void; readonly json: boolean }) => Promise<void>
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

export function demoCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  program.command('demo').description('tell the case, chapter by chapter, against live servers').argument('[chapter]', 'number of the chapter to run; all that are built by default')
    .option('--list', 'only list the chapters')
    .option('--json', 'print JSON')
    .addHelpText('after', `
Examples:
  weir demo --list
  weir demo 1`)
    .action(async (number: string | undefined, options: { readonly list?: boolean; readonly json?: boolean }) => finish(await demo(number, options, context)))
}

async function demo(number: string | undefined, options: { readonly list?: boolean; readonly json?: boolean }, context: CliContext): Promise<ExitCode> {
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
  for (const chapter of chosen) {
    if (chapter.run === undefined) {
      context.note(`chapter ${chapter.number}, ${chapter.title}, is planned and not built yet`)
      return exit.failed
    }
    if (options.json !== true) context.out(`Chapter ${chapter.number}: ${chapter.title}. ${chapter.asks}`)
    await chapter.run({ say: context.out, json: options.json === true })
  }
  return exit.ok
}

async function loadChapters(): Promise<readonly Chapter[]> {
  const folder = [new URL('../../demo/chapters/', import.meta.url), new URL('../demo/chapters/', import.meta.url)].map((url) => fileURLToPath(url)).find((path) => existsSync(path))
  const files = folder === undefined ? [] : readdirSync(folder).filter((name) => /^\d+-[a-z-]+\.(ts|js)$/.test(name))
  const built = new Map<number, Chapter>()
  for (const file of files) {
    const module = (await import(pathToFileURL(join(folder ?? '', file)).href)) as { readonly chapter?: Chapter }
    if (module.chapter !== undefined) built.set(module.chapter.number, module.chapter)
  }
  return planned.map((chapter) => built.get(chapter.number) ?? chapter)
}
