import assert from 'node:assert/strict'
import { test } from 'node:test'
import { objectionsUnder } from './call-handlers.ts'
import type { Snapshot } from './gateway/snapshot.ts'

const model = (name: string, ...deployments: readonly string[]) => [name, { name, deployments: deployments.map((id) => ({ id })) }] as const
const objection = { clause: 'case.1', says: 'a case is open', remedy: 'answer it', approval: undefined }

/** Keys by the models that they may use; `refused`: deployments that the terms do not permit. */
const under = (models: readonly ReturnType<typeof model>[], keys: Readonly<Record<string, readonly string[] | undefined>>, refused: readonly string[] = []) =>
  objectionsUnder({ models: new Map(models) } as unknown as Snapshot, {
    ports: {
      identify: (_: unknown, secret: string) => (secret in keys ? { models: keys[secret] === undefined ? undefined : new Set(keys[secret]) } : undefined),
      permit: (_: unknown, __: unknown, { id }: { readonly id: string }) => (refused.includes(id) ? objection : undefined),
    },
  } as unknown as Parameters<typeof objectionsUnder>[1])

test('an open call goes on while something is left that it may use, and is told why where nothing is', () => {
  const models = [model('a', 'a/1', 'a/2'), model('b', 'b/1')]
  const codeOf = (objects: ReturnType<typeof under>, name?: string): string | undefined => objects('key', name)?.code
  assert.equal(codeOf(under(models, {}), 'a'), 'invalid_api_key')
  assert.equal(codeOf(under(models, { key: undefined }), 'a'), undefined)
  assert.equal(codeOf(under(models, { key: undefined }, ['a/1']), 'a'), undefined)
  // Its own model is all that counts where that is served; else whatever the key may use.
  assert.equal(codeOf(under(models, { key: undefined }, ['a/1', 'a/2']), 'a'), 'terms_not_permitted')
  assert.equal(codeOf(under(models, { key: undefined }, ['a/1', 'a/2']), 'b'), undefined)
  assert.equal(codeOf(under(models, { key: undefined }, ['a/1', 'a/2'])), undefined)
  assert.equal(codeOf(under(models, { key: undefined }), 'gone'), undefined)
  assert.equal(codeOf(under([model('a'), ...models.slice(1)], { key: undefined }, ['b/1']), 'a'), 'terms_not_permitted')
  assert.equal(codeOf(under(models, { key: ['gone'] }), 'gone'), 'model_not_found')
  assert.equal(codeOf(under([], { key: undefined })), 'model_not_found')
})
