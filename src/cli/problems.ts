/** Findings of the server about a file, at the places in that file where they arise. */
import type { Finding } from '../admin/check-resources.ts'
import { pathText } from '../kernel/path-text.ts'
import { type ParsedFile, type Problem, problemText } from '../admin/weir-file.ts'

export const problemsOf = (file: ParsedFile, findings: readonly Finding[]): readonly Problem[] =>
  findings.map((finding) => ({ file: file.file, line: undefined, column: undefined, ...file.locate(finding.path), path: pathText(finding.path), says: finding.says }))

export const printProblems = (problems: readonly Problem[], note: (line: string) => void): void => {
  for (const problem of problems) note(problemText(problem))
  note(`${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}; nothing was changed.`)
}
