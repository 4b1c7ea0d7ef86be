import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DatasetRow } from '../terms/dataset/gate.ts'
import type { Ancestor } from '../terms/dataset/lineage.ts'
import { withLineage } from './make-dataset.ts'

const registered = (id: string, kind: Ancestor['kind'], from: readonly string[], flags: readonly string[] = []): [string, Ancestor] => [id, { id, kind, origin: 'known', flags, licences: [], from }]
const lineage = new Map([registered('ranks', 'dataset', [], ['oai.exc.a', 'oai.exc.a.keep']), registered('ranker/run', 'run', ['ranks']), registered('ranker', 'model', ['ranker/run']), registered('plain', 'weights', []), registered('gpt-4.1', 'dataset', [], ['ds.label'])])
const row = (upstream: object): DatasetRow => ({ id: 'call_1', messages: [], receipt: { log: 'receipts/acme', index: '0', leaf: JSON.stringify({ upstream }) } })

test('outputs of a model of one\'s own carry what its training made it carry, by deployment or by name', () => {
  const own = { access: 'weights', maker: 'acme' }
  for (const served of [{ deployment: 'own/ranker', model: 'ranker' }, { deployment: 'ranker', model: 'whatever' }, { deployment: 'plain', model: 'ranker' }]) {
    assert.deepEqual(withLineage(row({ ...own, ...served }), lineage).flags, ['oai.exc.a', 'oai.exc.a.keep'])
  }
  for (const other of [{ ...own, deployment: 'own/new', model: 'new' }, { access: 'api', maker: 'openai', deployment: 'cloud', model: 'ranker' }, { ...own, deployment: 'own/x', model: 'gpt-4.1' }]) {
    assert.equal(withLineage(row(other), lineage).flags, undefined, JSON.stringify(other))
  }
  const stated: DatasetRow = { id: 'row-1', messages: [], stated: { origin: 'human' } }
  assert.equal(withLineage(stated, lineage), stated)
})
