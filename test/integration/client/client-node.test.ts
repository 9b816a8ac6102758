// What @kubernetes/client-node has beside informers: objects of any kind, every way to patch, health, errors, all typed lists.
import * as library from '@kubernetes/client-node'
import { CoreV1Api, Health, KubeConfig, type KubernetesObject, KubernetesObjectApi, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { adminToken, HttpsApiServer, nobodyToken } from '../../support/https-api-server.ts'

type ConfigMap = KubernetesObject & { data?: Record<string, string> }

let server: HttpsApiServer
let config: KubeConfig
let core: CoreV1Api
let objects: KubernetesObjectApi
let name = ''
let tests = 0

const configOf = (token: string) => {
  const made = new KubeConfig()
  made.loadFromClusterAndUser({ name: 'test', server: server.url, skipTLSVerify: true }, { name: 'user', token })
  return made
}
beforeAll(async () => {
  server = await HttpsApiServer.start()
  config = configOf(adminToken)
  core = config.makeApiClient(CoreV1Api)
  objects = KubernetesObjectApi.makeApiClient(config)
})
afterAll(() => server[Symbol.asyncDispose]())
beforeEach(async () => {
  name = `object-${++tests}`
  await objects.create(configMap({ a: '1' }))
})

const configMap = (data: Record<string, string>): ConfigMap => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data })
const stored = () => objects.read<ConfigMap>({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } })

test('objects of any kind: read, replaced, listed, deleted', async () => {
  const read = await stored()
  expect(read).toMatchObject({ kind: 'ConfigMap', data: { a: '1' } })
  const replaced = await objects.replace<ConfigMap>({ ...read, data: { b: '2' } })
  expect(replaced.data).toEqual({ b: '2' })
  await expect(objects.replace({ ...read, data: {} } as ConfigMap)).rejects.toMatchObject({ code: 409 })
  const { items } = await objects.list<ConfigMap>('v1', 'ConfigMap', 'default', undefined, undefined, undefined, `metadata.name=${name}`)
  expect(items.map((item) => item.data)).toEqual([{ b: '2' }])
  expect(await objects.delete(configMap({}))).toMatchObject({ status: 'Success' })
  await expect(stored()).rejects.toMatchObject({ code: 404 })
})

for (const [strategy, body, expected] of [
  [PatchStrategy.MergePatch, { data: { b: '2' } }, { a: '1', b: '2' }],
  [PatchStrategy.StrategicMergePatch, { data: { $patch: 'replace', b: '2' } }, { b: '2' }],
  [PatchStrategy.ServerSideApply, { apiVersion: 'v1', kind: 'ConfigMap', data: { b: '2' } }, { a: '1', b: '2' }],
  [PatchStrategy.JsonPatch, [{ op: 'move', from: '/data/a', path: '/data/b' }], { b: '1' }],
] as const) {
  test(`patched by ${strategy}`, async () => {
    const request = { name, namespace: 'default', body, fieldManager: 'patcher' }
    expect((await core.patchNamespacedConfigMap(request, setHeaderOptions('Content-Type', strategy))).data).toEqual(expected)
    const managers = (await stored()).metadata?.managedFields?.map(({ manager, operation }) => `${manager} ${operation}`)
    expect(managers).toContain(strategy === PatchStrategy.ServerSideApply ? 'patcher Apply' : 'patcher Update')
  })
}

test('a dry run leaves nothing', async () => {
  await objects.patch(configMap({ a: '9' }), undefined, 'All')
  expect((await stored()).data).toEqual({ a: '1' })
})

test('errors are Statuses', async () => {
  await expect(core.readNamespacedPod({ namespace: 'default', name: 'none' })).rejects.toMatchObject({
    code: 404,
    body: expect.stringContaining('"message":"pods \\"none\\" not found","reason":"NotFound"') as string,
  })
  await expect(configOf(nobodyToken).makeApiClient(CoreV1Api).listNode()).rejects.toMatchObject({ code: 403 })
  await expect(configOf('wrong').makeApiClient(CoreV1Api).listNode()).rejects.toMatchObject({ code: 401 })
  await expect(objects.list('metrics.k8s.io/v1beta1', 'PodMetrics')).rejects.toMatchObject({ code: 404 })
})

test('health', async () => {
  const health = new Health(config)
  expect([await health.readyz({}), await health.livez({})]).toEqual([true, true])
})

test('every list of a typed API is there, or its version is not served', async () => {
  type Method = (request: object) => Promise<unknown>
  const answers: Record<string, number> = {}
  for (const [api, type] of Object.entries(library as unknown as Record<string, new () => unknown>)) {
    if (!/V\d\w*Api$/.test(api)) continue
    const client = config.makeApiClient(type as never) as unknown as Record<string, Method>
    const methods = Object.getOwnPropertyNames(type.prototype).filter((each) => each.startsWith('list') && !/Namespaced|WithHttpInfo/.test(each))
    for (const method of methods) {
      const code = await client[method]!({}).then(
        () => 200,
        (error: { code?: number }) => error.code ?? 0,
      )
      answers[`${/V\d\w*Api$/.exec(api)![0]} ${code}`] = (answers[`${/V\d\w*Api$/.exec(api)![0]} ${code}`] ?? 0) + 1
    }
  }
  expect(Object.keys(answers).filter((key) => !/^V\d+Api 200$|^V\d+(alpha|beta)\d+Api 404$/.test(key))).toEqual([])
  expect(answers['V1Api 200']).toBeGreaterThan(50)
})
