/** Generated images that pass. Their bytes are skipped, not parsed. */
import type { Reading, UpstreamError, Whole } from '../dialect.ts'
import type { PassingDialect } from '../passing.ts'
import { emptyReading, errorIn, rawUsage, readAnswer } from '../answer.ts'
import { recordOf, stringOf, type JsonRecord } from '../json-fields.ts'
import { elementsAt } from '../json-spans.ts'
import { failedOr, openaiError, readOpenaiError } from '../openai-chat/errors.ts'
import type { SseEvent } from '../sse.ts'
import { createPipe, type EventReader, type Verdict } from '../stream-pipe.ts'
import { editImages, readImagesAsk } from './ask.ts'
import { countedImages, imageClass, imageCounts } from './usage.ts'

const countsAny = (usage: JsonRecord): boolean => Object.keys(imageCounts(usage)).length > 0

function readWhole(body: Buffer, request?: Buffer): Whole {
  const answer = readAnswer(body, ['model', 'quality', 'size', 'usage', 'error'])
  if ('broken' in answer) return answer
  const { values, spans } = answer
  const data = spans.members.get('data')
  const images = data === undefined ? undefined : elementsAt(spans.body, data.valueStart)
  if (images === undefined) return failedOr(values, { broken: 'the answer has no data' })
  const usage = recordOf(values['usage'])
  return {
    ...emptyReading,
    usage: usage === undefined || !countsAny(usage) ? countedImages(images.length / 2, imageClass(values, request)) : { counts: imageCounts(usage), raw: rawUsage(body, usage) },
    model: stringOf(values['model']),
    finish: 'stop',
  }
}

/** Reads a stream of partial and completed images. It has no terminal event: from the first completed image on, events wait for the end. */
function createReader(): EventReader {
  let usage: Reading['usage']
  let completed = 0
  let failure: UpstreamError | undefined

  const read = ({ data }: SseEvent): Verdict => {
    if (data === undefined) return 'pass'
    if (data.length < 16 && data.toString().trim() === '[DONE]') return 'terminal'
    const answer = readAnswer(data, ['type', 'quality', 'size', 'usage', 'error'])
    if ('broken' in answer) return 'pass'
    const { type, usage: reported } = answer.values
    const error = errorIn(answer.values)
    if (error !== undefined) {
      failure = readOpenaiError(200, {}, error)
      return 'hold'
    }
    if (type !== 'image_generation.completed') return 'pass'
    completed++
    const record = recordOf(reported)
    usage = record === undefined || !countsAny(record) ? countedImages(completed, imageClass(answer.values)) : { counts: imageCounts(record), raw: rawUsage(data, record) }
    return 'hold'
  }

  return {
    read,
    reading: () => ({ ...emptyReading, usage, finish: failure !== undefined ? 'error' : completed > 0 ? 'stop' : undefined, failure }),
    completeAtEnd: () => completed > 0 && failure === undefined,
    abort: (message, code) => Buffer.from(`event: error\ndata: ${JSON.stringify({ type: 'error', error: { message, type: 'server_error', param: null, code } })}\n\n`),
  }
}

export const imagesPassing: PassingDialect = {
  readAsk: readImagesAsk,
  edit: editImages,
  whole: readWhole,
  stream: () => createPipe(createReader()),
  error: openaiError,
}
