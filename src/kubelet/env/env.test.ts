import { expect, test } from 'vitest'
import type { ConfigMap, Secret, Service } from '../../api/core/v1.ts'
import { pod } from '../fake/pods.ts'
import { expand } from './expand.ts'
import { fieldValue, resourceValue } from './field-ref.ts'
import { type EnvironmentInput, resolveEnvironment } from './resolve.ts'
import { serviceVariables } from './service-env.ts'

test.each([
  ['$(A)', '1'],
  ['x$(A)y$(B)', 'x1y2'],
  ['$(NOPE)', '$(NOPE)'],
  ['$$(A)', '$(A)'],
  ['$$$(A)', '$1'],
  ['$A', '$A'],
  ['$(A', '$(A'],
  ['cost: $', 'cost: $'],
  ['$()', '$()'],
])('%s expands to %s', (input, output) => expect(expand(input, (name) => ({ A: '1', B: '2' })[name])).toBe(output))

const addresses = { podIPs: ['10.0.0.5', 'fd00::5'], hostIPs: ['192.0.2.1'] }
const subject = pod({ nodeName: 'n1' }, { metadata: { labels: { b: 'x"y', a: '1' } } })
test.each([
  ['metadata.name', 'web'],
  ["metadata.labels['a']", '1'],
  ["metadata.labels['none']", ''],
  ["metadata.labels['__proto__']", ''],
  ['metadata.labels', 'a="1"\nb="x\\"y"'],
  ['status.podIPs', '10.0.0.5,fd00::5'],
  ['status.hostIP', '192.0.2.1'],
  ['spec.nodeName', 'n1'],
])('field %s is %j', (path, value) => expect(fieldValue(subject, path, addresses)).toBe(value))

const sized = { name: 'c', resources: { requests: { cpu: '1500m', memory: '1Gi' }, limits: { cpu: '2' } } }
test.each([
  ['requests.cpu', undefined, '2'],
  ['requests.cpu', '1m', '1500'],
  ['requests.memory', '1Mi', '1024'],
  ['limits.cpu', '1', '2'],
  ['limits.memory', '1Gi', '4'],
])('resource %s in %s is %s', (resource, divisor, value) =>
  expect(resourceValue({ resource, ...(divisor ? { divisor } : {}) }, sized, { memory: '4Gi', cpu: '8' })).toBe(value),
)

const service = (name: string, namespace: string, clusterIP: string): Service =>
  ({ metadata: { name, namespace }, spec: { clusterIP, ports: [{ name: 'http', port: 80, protocol: 'TCP' }] } }) as unknown as Service

test('service variables, as Docker links had them', () => {
  expect(Object.fromEntries(serviceVariables([service('my-db', 'default', '10.96.0.7'), service('headless', 'default', 'None')]))).toEqual({
    MY_DB_SERVICE_HOST: '10.96.0.7',
    MY_DB_SERVICE_PORT: '80',
    MY_DB_SERVICE_PORT_HTTP: '80',
    MY_DB_PORT: 'tcp://10.96.0.7:80',
    MY_DB_PORT_80_TCP: 'tcp://10.96.0.7:80',
    MY_DB_PORT_80_TCP_PROTO: 'tcp',
    MY_DB_PORT_80_TCP_PORT: '80',
    MY_DB_PORT_80_TCP_ADDR: '10.96.0.7',
  })
})

const resolve = (container: object, more: Partial<EnvironmentInput> = {}) =>
  resolveEnvironment({
    pod: pod({ enableServiceLinks: false }),
    container: { name: 'c', ...container },
    services: [service('kubernetes', 'default', '10.96.0.1'), service('other', 'default', '10.96.0.2')],
    addresses,
    allocatable: {},
    configMap: async (name) => (name === 'map' ? ({ data: { k: 'v' } } as unknown as ConfigMap) : undefined),
    secret: async (name) => (name === 'keys' ? ({ data: { p: 'czNjcmV0' } } as unknown as Secret) : undefined),
    ...more,
  })

test('later variables see earlier ones and service variables; own ones win', async () => {
  const env = await resolve({
    envFrom: [{ prefix: '#@', configMapRef: { name: 'map' } }, { secretRef: { name: 'keys' } }],
    env: [
      { name: 'A', value: '$(p)' },
      { name: 'B', value: '$(A)-$(KUBERNETES_SERVICE_HOST)-$(C)' },
      { name: 'C', value: '3' },
      { name: 'KUBERNETES_SERVICE_PORT', value: 'mine' },
    ],
  })
  expect(Object.fromEntries(env)).toMatchObject({ '#@k': 'v', p: 's3cret', A: 's3cret', B: 's3cret-10.96.0.1-$(C)', C: '3', KUBERNETES_SERVICE_PORT: 'mine' })
  expect(env.has('OTHER_SERVICE_HOST')).toBe(false)
})

test.each([
  [{ env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'nope', key: 'k' } } }] }, 'configmap "nope" not found'],
  [{ env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'map', key: 'z' } } }] }, "couldn't find key z in ConfigMap default/map"],
  [{ env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'keys', key: 'z' } } }] }, "couldn't find key z in Secret default/keys"],
  [{ envFrom: [{ secretRef: { name: 'nope' } }] }, 'secret "nope" not found'],
])('%j is refused', async (container, message) => expect(resolve(container)).rejects.toMatchObject({ reason: 'CreateContainerConfigError', message }))

test('optional sources may be missing', async () => {
  const env = await resolve({
    envFrom: [{ configMapRef: { name: 'nope', optional: true } }],
    env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'keys', key: 'z', optional: true } } }],
  })
  expect(env.has('X')).toBe(false)
})
