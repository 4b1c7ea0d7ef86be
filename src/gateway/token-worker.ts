/** The worker behind token-counter.ts: o200k_base, with unbroken runs cut (STACK.md, pitfall 25: they cost quadratic time). */
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { answerAsks } from '../kernel/asked-worker.ts'

const runMax = 512
const longRun = new RegExp(`\\S{${runMax + 1},}`, 'g')

function count(text: string): number {
  const cut = text.replace(longRun, (run) => {
    const pieces: string[] = []
    for (let at = 0; at < run.length; at += runMax) pieces.push(run.slice(at, at + runMax))
    return pieces.join(' ')
  })
  return countTokens(cut, { disallowedSpecial: new Set() })
}

answerAsks(count)
