import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import type { KubeObject } from '../../../api/object.ts'
import { schema } from '../../../api/schema.ts'
import { newCodec } from '../../../apimachinery/codec/new-codec.ts'
import { openMemoryStorage } from '../../../storage/drivers/memory/memory.ts'
import { FakeClock } from '../../../util/fake/clock.ts'
import { EntryStore } from './entry-store.ts'
import { traitsReader } from './field-selectors.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const configMap = (name: string) =>
  ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', uid: `uid-${name}` }, data: { key: name } }) as unknown as KubeObject

test('what is stored is kept as bytes: of the decoded objects only the last ones written stay', async () => {
  const clock = new FakeClock()
  const storage = openMemoryStorage({ clock })
  const prefix = '/registry/configmaps/'
  const store = new EntryStore({ prefix, codec: newCodec(schema), storage, clock, traitsOf: traitsReader('v1/configmaps', undefined) }, 'v1/ConfigMap')
  await store.cacher.start()
  const decoded: WeakRef<object>[] = []
  const count = 400
  for (let i = 0; i < count; i++) {
    const object = configMap(`c-${i}`) as KubeObject & { readonly data: object }
    decoded.push(new WeakRef(object.data))
    await store.put(`${prefix}default/c-${i}`, object, 0)
  }
  // What a WeakRef was made of or read from stays until the job ends.
  await new Promise((resolve) => setImmediate(resolve))
  collectGarbage()
  expect(decoded.filter((ref) => ref.deref()).length).toBeLessThan(count / 2)
  expect((await store.read(`${prefix}default/c-0`))?.object()).toMatchObject({ data: { key: 'c-0' } })
})
