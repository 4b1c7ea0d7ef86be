/** The one-page verifier: `page.html` with the text of the verifier's two files inside it, types stripped. */
import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'

const slot = '/* the verifier */'

/** What the page is made of, read as text: the published package has these beside what was compiled of them (bin/build.ts). */
export const shownFiles = ['named-twice.ts', 'verify.ts'] as const

let made: string | undefined

/** A self-contained HTML document: it refers to nothing and may be saved and opened without a network. Made once a process. */
export const verifierPage = (): string => (made ??= makePage())

function makePage(): string {
  const source = shownFiles.map((name) => readFileSync(join(import.meta.dirname, name), 'utf8')).join('\n')
  const script = withoutTypes(source).replaceAll(/^import .*\n/gm, '').replaceAll(/^export /gm, '').replaceAll('</script', '<\\/script')
  return readFileSync(join(import.meta.dirname, 'page.html'), 'utf8').replace(slot, () => script)
}

/** Node calls stripping types experimental; whoever asks for the page need not read that. */
function withoutTypes(source: string): string {
  const warned = Object.getOwnPropertyDescriptor(process, 'emitWarning') ?? {}
  process.emitWarning = () => undefined
  try {
    return stripTypeScriptTypes(source)
  } finally {
    Object.defineProperty(process, 'emitWarning', warned)
  }
}
