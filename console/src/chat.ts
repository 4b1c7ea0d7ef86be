/** Chat with streaming through the gateway itself, as any client does it, with the times that the browser sees. */

export interface Message { readonly role: 'system' | 'user' | 'assistant'; readonly content: string }

export interface ToolCall { readonly name: string; readonly arguments: string }

export interface Progress {
  readonly text: string
  /** What the model asks to be run, as it grows. */
  readonly tools: readonly ToolCall[]
  /** Milliseconds from the request. */
  readonly firstMs: number | undefined
  readonly totalMs: number
  readonly input: number | undefined
  readonly output: number | undefined
  readonly call: string | undefined
  readonly done: boolean
  readonly failure: string | undefined
}

interface Chunk {
  readonly choices?: readonly { readonly delta?: { readonly content?: string | null; readonly tool_calls?: readonly { readonly index?: number; readonly function?: { readonly name?: string; readonly arguments?: string } }[] } }[]
  readonly usage?: { readonly prompt_tokens?: number; readonly completion_tokens?: number } | null
  readonly error?: { readonly message?: string }
}

export interface Asked {
  readonly secret: string
  readonly model: string
  readonly messages: readonly Message[]
  readonly json: boolean
  /** As the chat completions API takes them; none: left out. */
  readonly tools: readonly unknown[]
  readonly signal: AbortSignal
}

const nothing: Progress = { text: '', tools: [], firstMs: undefined, totalMs: 0, input: undefined, output: undefined, call: undefined, done: false, failure: undefined }

async function failureOf(response: Response): Promise<string> {
  const text = await response.text()
  try {
    return (JSON.parse(text) as Chunk).error?.message ?? text
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    return text
  }
}

/** Tells of the answer as it grows; the last report is done. An abort ends it quietly. */
export async function chat({ secret, model, messages, json, tools, signal }: Asked, report: (progress: Progress) => void): Promise<void> {
  const begun = performance.now()
  let now = nothing
  const tell = (change: Partial<Progress>): void => report((now = { ...now, totalMs: performance.now() - begun, ...change }))
  try {
    const response = await fetch('/v1/chat/completions', {
      method: 'POST', signal, headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, messages, stream: true, stream_options: { include_usage: true }, ...(json ? { response_format: { type: 'json_object' } } : {}), ...(tools.length === 0 ? {} : { tools }) }),
    })
    tell({ call: response.headers.get('x-weir-call-id') ?? undefined })
    if (!response.ok) return tell({ done: true, failure: await failureOf(response) })
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    let rest = ''
    for (let part = await reader?.read(); part !== undefined && !part.done; part = await reader?.read()) {
      const lines = (rest + part.value).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) if (line.startsWith('data: ') && line !== 'data: [DONE]') take(JSON.parse(line.slice(6)) as Chunk)
    }
    tell({ done: true })
  } catch (cause) {
    tell({ done: true, failure: signal.aborted ? undefined : cause instanceof Error ? cause.message : String(cause) })
  }

  function take(chunk: Chunk): void {
    const delta = chunk.choices?.[0]?.delta
    const piece = delta?.content ?? ''
    const called = (delta?.tool_calls ?? []).reduce<readonly ToolCall[]>((known, { index = 0, function: part = {} }) => {
      const before = known[index] ?? { name: '', arguments: '' }
      return Object.assign([...known], { [index]: { name: before.name + (part.name ?? ''), arguments: before.arguments + (part.arguments ?? '') } })
    }, now.tools)
    tell({
      text: now.text + piece, tools: called, ...((piece !== '' || called.length > now.tools.length) && now.firstMs === undefined ? { firstMs: performance.now() - begun } : {}), ...(chunk.error === undefined ? {} : { failure: chunk.error.message ?? 'error' }),
      ...(chunk.usage === null || chunk.usage === undefined ? {} : { input: chunk.usage.prompt_tokens, output: chunk.usage.completion_tokens }),
    })
  }
}
