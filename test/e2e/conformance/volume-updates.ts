// What changes in config maps, secrets and pods reaches volumes of containers that run.
import { describe, expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { place } from './place.ts'
import { shell } from './suite.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')

const shows = (pod: string, path: string, content: string) =>
  eventually(async () => expect(await place.namespace.exec(pod, 'cat', path)).toBe(content), { withinMs: 120_000 })

describe.concurrent('what changes reaches running containers:', () => {
  test.each([
    ['ConfigMap Volume, create, update and delete', 'configmaps', 'ConfigMap', (name: string) => ({ configMap: { name, optional: true } })],
    ['Secrets Volume, create, update and delete', 'secrets', 'Secret', (secretName: string) => ({ secret: { secretName, optional: true } })],
    [
      'Projected Volume, ConfigMap, create, update and delete',
      'configmaps',
      'ConfigMap',
      (name: string) => ({ projected: { sources: [{ configMap: { name, optional: true } }] } }),
    ],
    [
      'Projected Volume, Secrets, create, update delete',
      'secrets',
      'Secret',
      (name: string) => ({ projected: { sources: [{ secret: { name, optional: true } }] } }),
    ],
  ])('%s', async (title, resource, kind, volume) => {
    const pod = title.toLowerCase().replaceAll(/\W+/g, '-')
    const names = ['deleted', 'updated', 'created'].map((name) => `${pod}-${name}`)
    const [deleted, updated, created] = names as [string, string, string]
    const value = (text: string) => ({ data: { 'data-1': kind === 'Secret' ? base64(text) : text } })
    await place.namespace.create(resource, kind, deleted, value('value-1'))
    await place.namespace.create(resource, kind, updated, value('value-1'))
    await place.namespace.pod(pod, {
      volumes: names.map((name, index) => ({ name: `v${index}`, ...volume(name) })),
      containers: [{ command: shell('sleep 1000'), volumeMounts: names.map((_, index) => ({ name: `v${index}`, mountPath: `/v${index}` })) }],
    })
    await place.namespace.ready(pod)
    await shows(pod, '/v0/data-1', 'value-1')
    await place.suite.api.must(`DELETE ${place.namespace.path(`${resource}/${deleted}`)}`)
    await place.suite.api.must(
      `PATCH ${place.namespace.path(`${resource}/${updated}`)}`,
      { data: { ...value('value-2').data, 'data-3': base64('value-3') } },
      { type: 'merge' },
    )
    await place.namespace.create(resource, kind, created, value('value-1'))
    await shows(pod, '/v1/data-1', 'value-2')
    await shows(pod, '/v2/data-1', 'value-1')
    await eventually(async () => expect(await place.namespace.exec(pod, 'ls', '/v0')).toBe(''), { withinMs: 120_000 })
  })

  test.each([
    ['ConfigMap Volume, update', (name: string) => ({ configMap: { name } })],
    ['Projected Volume, ConfigMap, update', (name: string) => ({ projected: { sources: [{ configMap: { name } }] } })],
  ])('%s', async (title, volume) => {
    const pod = title.toLowerCase().replaceAll(/\W+/g, '-')
    await place.namespace.create('configmaps', 'ConfigMap', pod, { data: { 'data-1': 'value-1' } })
    await place.namespace.pod(pod, {
      volumes: [{ name: 'v', ...volume(pod) }],
      containers: [{ command: shell('sleep 1000'), volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
    })
    await place.namespace.ready(pod)
    await shows(pod, '/v/data-1', 'value-1')
    await place.suite.api.must(`PATCH ${place.namespace.path(`configmaps/${pod}`)}`, { data: { 'data-1': 'value-2' } }, { type: 'merge' })
    await shows(pod, '/v/data-1', 'value-2')
  })

  test.each([
    ['DownwardAPI volume, update label', 'labels', (downwardAPI: object) => ({ downwardAPI })],
    ['DownwardAPI volume, update annotations', 'annotations', (downwardAPI: object) => ({ downwardAPI })],
    ['Projected Volume, DownwardAPI, update labels', 'labels', (downwardAPI: object) => ({ projected: { sources: [{ downwardAPI }] } })],
    ['Projected Volume, DownwardAPI, update annotation', 'annotations', (downwardAPI: object) => ({ projected: { sources: [{ downwardAPI }] } })],
  ])('%s', async (title, what, volume) => {
    const pod = title.toLowerCase().replaceAll(/\W+/g, '-')
    const source = volume({ items: [{ path: 'file', fieldRef: { fieldPath: `metadata.${what}` } }] })
    await place.namespace.pod(
      pod,
      { volumes: [{ name: 'v', ...source }], containers: [{ command: shell('sleep 1000'), volumeMounts: [{ name: 'v', mountPath: '/v' }] }] },
      { [what]: { builder: 'bar' } },
    )
    await place.namespace.ready(pod)
    await shows(pod, '/v/file', 'builder="bar"')
    await place.suite.api.must(`PATCH ${place.namespace.path(`pods/${pod}`)}`, { metadata: { [what]: { builder: 'foo', key3: 'value' } } }, { type: 'merge' })
    await shows(pod, '/v/file', 'builder="foo"\nkey3="value"')
  })
})

test('EmptyDir Wrapper Volume, ConfigMap volumes, no race', async () => {
  const names = Array.from({ length: 50 }, (_, index) => `racey-${index}`)
  await Promise.all(names.map((name) => place.namespace.create('configmaps', 'ConfigMap', name, { data: { 'data-1': 'value-1' } })))
  const pods = ['racer-0', 'racer-1', 'racer-2', 'racer-3', 'racer-4']
  for (const pod of pods)
    await place.namespace.pod(pod, {
      volumes: names.map((name) => ({ name, configMap: { name, items: [{ key: 'data-1', path: 'data-1' }] } })),
      containers: [{ command: shell('sleep 1000'), volumeMounts: names.map((name) => ({ name, mountPath: `/etc/config-${name}` })) }],
    })
  for (const pod of pods) await place.namespace.ready(pod)
})
