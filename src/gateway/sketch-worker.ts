/** The worker behind sketch-intake.ts: bodies in, sketches out. No text leaves it, and none is kept. */
import { hash } from 'node:crypto'
import { workerData } from 'node:worker_threads'
import { parseRecord } from '../dialects/json-fields.ts'
import { askedSettings, promptText } from '../dialects/prompt-text.ts'
import { answerAsks } from '../kernel/asked-worker.ts'
import { settings } from '../terms/detection/rhythm.ts'
import type { NewSketch } from '../terms/detection/sketch-store.ts'
import { sketchOf } from '../terms/detection/sketch.ts'
import { techniquesIn } from '../terms/detection/techniques.ts'
import type { TakenCall } from './sketch-intake.ts'

const { salt } = workerData as { readonly salt: string }

/** Sixteen hex digits under the installation's salt: enough to tell apart, too little to look up in a table made elsewhere. */
const hidden = (kind: string, value: string | undefined): string | undefined => (value === undefined || value === '' ? undefined : hash('sha256', `${salt}\n${kind}\n${value}`, 'hex').slice(0, 16))

/** The network that an address lies in: /24, or /48. */
function networkOf(address: string | undefined): string | undefined {
  if (address === undefined) return undefined
  const four = /(?:^|:)(\d+\.\d+\.\d+)\.\d+$/.exec(address)?.[1]
  return four ?? address.split(':').slice(0, 3).join(':')
}

/** Undefined where there is no text to sketch. */
function sketched(call: TakenCall): NewSketch | undefined {
  const body = parseRecord(Buffer.from(call.body).toString('utf8'))
  const text = body === undefined ? undefined : promptText(body)
  const sketch = text === undefined ? undefined : sketchOf(text)
  if (body === undefined || text === undefined || sketch === undefined) return undefined
  const asked = askedSettings(body)
  return {
    atMs: call.at, organization: call.organization, project: call.project, key: call.key, purpose: call.purpose, model: call.model,
    vector: sketch.vector, bands: new Uint8Array(sketch.bands.buffer), techniques: techniquesIn(text),
    settings: (asked.severalAnswers ? settings.severalAnswers : 0) | (asked.probabilities ? settings.probabilities : 0) | (asked.streamed ? 0 : settings.notStreamed),
    actor: hidden('actor', call.actor), agent: hidden('agent', call.agent), network: hidden('network', networkOf(call.peer)), tokens: Math.ceil(text.length / 4),
  }
}

answerAsks((calls: readonly TakenCall[]) => {
  const sketches = calls.map(sketched).filter((one) => one !== undefined)
  return { sketches, unread: calls.length - sketches.length }
})
