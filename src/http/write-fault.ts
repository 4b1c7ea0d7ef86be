/** A fault in the shape of the surface that the client speaks, with the status that its library turns into a typed error. */
import type { ServerResponse } from 'node:http'
import type { Surface } from '../dialects/dialect.ts'
import { composeFault } from '../dialects/faults.ts'
import type { Fault } from '../gateway/call.ts'
import { errorRows, fill } from './errors.ts'

export function writeFault(response: ServerResponse, surface: Surface, fault: Fault, call: string, attempts?: number, finish: (body: Buffer) => void = (body) => void response.end(body)): void {
  if (response.destroyed || response.headersSent) return
  const row = errorRows[fault.code]
  const { body, contentType } = composeFault(surface, {
    status: row.status, ...(surface === 'anthropic' ? { requestId: call } : { type: row.type }), code: row.code, message: `${fill(row.message, fault.say)} ${fill(row.todo, fault.say)}`,
    ...(fault.param === undefined ? {} : { param: fault.param }),
  })
  response.writeHead(row.status, {
    'content-type': contentType, 'content-length': body.length, 'x-weir-call-id': call, 'x-request-id': call,
    ...(attempts === undefined || attempts === 0 ? {} : { 'x-weir-attempts': String(attempts) }), ...fault.headers,
  })
  finish(body)
}
