import { expect, test } from 'vitest'
import type { ConfigMap, Namespace } from '../../api/core/v1.ts'
import { decide } from './decide.ts'

const namespace = (phase: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' }, status: { phase } }) as Namespace
const created = decide(namespace('Active'), undefined, 'CA') as { configMap: ConfigMap }
const published = (change: object) => ({ ...created.configMap, ...change }) as ConfigMap

for (const { name, space, configMap, expected } of [
  { name: 'missing: created', space: namespace('Active'), configMap: undefined, expected: 'create' },
  { name: 'as it should be: kept', space: namespace('Active'), configMap: published({}), expected: 'keep' },
  { name: 'changed by somebody: put right', space: namespace('Active'), configMap: published({ data: { 'ca.crt': 'other' } }), expected: 'update' },
  { name: 'data added by somebody: removed', space: namespace('Active'), configMap: published({ data: { 'ca.crt': 'CA', more: 'x' } }), expected: 'update' },
  { name: 'description removed: put right', space: namespace('Active'), configMap: published({ metadata: {} }), expected: 'update' },
  { name: 'namespace ends: left to the namespace controller', space: namespace('Terminating'), configMap: undefined, expected: 'keep' },
  { name: 'namespace gone: nothing', space: undefined, configMap: undefined, expected: 'keep' },
]) {
  test(name, () => expect(decide(space, configMap, 'CA').kind).toBe(expected))
}
