/** Official clients, as they are published, pointed at Weir. `fetch` only listens: what was answered is searched for secrets. */
import Anthropic from '@anthropic-ai/sdk'
import OpenAI, { AzureOpenAI, type ClientOptions } from 'openai'
import { house, keys, type House } from './house.ts'

const listening = (home: House, key: string): typeof fetch => async (input, init) => {
  const response = await fetch(input, init)
  home.keepsSecrets(JSON.stringify([...response.headers]), key)
  if (response.headers.get('content-type')?.startsWith('application/json') === true) home.keepsSecrets(await response.clone().text(), key)
  return response
}

export async function openai(key: string = keys.plain, more: ClientOptions = {}): Promise<OpenAI> {
  const home = await house()
  return new OpenAI({ apiKey: key, baseURL: `${home.url}/v1`, maxRetries: 0, fetch: listening(home, key), ...more })
}

export async function azure(deployment?: string, more: Readonly<Record<string, unknown>> = {}): Promise<AzureOpenAI> {
  const home = await house()
  return new AzureOpenAI({ apiKey: keys.plain, endpoint: home.url, apiVersion: '2024-10-21', maxRetries: 0, fetch: listening(home, keys.plain), ...(deployment === undefined ? {} : { deployment }), ...more })
}

export async function anthropic(key: string = keys.plain): Promise<Anthropic> {
  const home = await house()
  return new Anthropic({ apiKey: key, baseURL: home.url, maxRetries: 0, fetch: listening(home, key) })
}

export const weatherTool = {
  type: 'function' as const,
  function: { name: 'weather', description: 'Weather of a place', strict: true, parameters: { type: 'object', properties: { place: { type: 'string' }, days: { type: 'integer', minimum: 1, maximum: 9 } }, required: ['place', 'days'], additionalProperties: false } },
}
export const tideTool = { type: 'function' as const, function: { name: 'tide', description: 'Tide of a port', parameters: { type: 'object', properties: { port: { type: 'string' } }, required: ['port'] } } }

export const shape = { type: 'object', properties: { name: { type: 'string' }, age: { type: 'integer', minimum: 0 }, tags: { type: 'array', items: { type: 'string' } } }, required: ['name', 'age', 'tags'], additionalProperties: false }

export const hello = [{ role: 'user' as const, content: 'Tell me of the river.' }]

/** A WAV file of half a second of silence. */
export function wav(): File {
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + 8_000, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(8_000, 24)
  header.writeUInt32LE(16_000, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(8_000, 40)
  return new File([Buffer.concat([header, Buffer.alloc(8_000)])], 'silence.wav', { type: 'audio/wav' })
}

export async function gather<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const one of stream) all.push(one)
  return all
}
