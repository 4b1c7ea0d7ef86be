/** A sample of short calls through the gateway itself, as any client makes them. */

const questions = [
  'Summarise the minutes of a supplier meeting in two sentences.', 'Classify this ticket: the invoice total differs from the order.', 'Translate into Italian: the river is measured at the weir.', 'List three risks of relying on one supplier.',
  'Draft a polite reminder about an unpaid invoice.', 'Explain net revenue retention to a new colleague.', 'Name the parties of a licence agreement.', 'Suggest a title for a report about capacity.',
] as const

const total = 24
const atOnce = 4

async function send(secret: string, model: string, content: string, stream: boolean): Promise<void> {
  const response = await fetch('/v1/chat/completions', {
    method: 'POST', headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, stream, ...(stream ? { stream_options: { include_usage: true } } : {}), messages: [{ role: 'user', content }] }),
  })
  // Read to the end, as a client would; a refusal is an answer as well.
  await response.arrayBuffer()
}

/** Sends the sample with a key; one call in it names a model that does not exist. */
export async function runSample(secret: string, models: readonly string[], progress: (sent: number, all: number) => void): Promise<void> {
  let next = 0
  let sent = 0
  progress(0, total)
  const work = async (): Promise<void> => {
    while (next < total) {
      const n = next
      next += 1
      const model = n === 17 ? 'no-such-model' : (models[n % models.length] ?? '')
      await send(secret, model, questions[n % questions.length] ?? '', n % 3 === 0)
      sent += 1
      progress(sent, total)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}
