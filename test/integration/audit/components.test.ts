// CVE-2019-11250, CVE-2020-8563 to 8566, of everything that talks to the API server: components that log all they can, with credentials
// that are canaries, work on secrets that are, and not one is in what they have written.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { CertificateAuthority } from '../../../src/pki/certificate-authority.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { eventually } from '../../support/eventually.ts'
import { canary, expectNoCanary, Processes } from './canary.ts'
import { send } from './server.ts'

const processes = new Processes()
afterEach(() => processes.end())

const token = `admin-${canary}`
const bootstrapSecret = 'canary4f1c9abbbb'
const encoded = Buffer.from(canary).toString('base64')

/** JSON is YAML. */
function kubeconfig(folder: string, name: string, port: number, bearer: string): string {
  const path = join(folder, name)
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    clusters: [{ name: 'c', cluster: { server: `https://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    users: [{ name: 'u', user: { token: bearer } }],
  }
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 })
  return path
}

test('kube-controller-manager, kube-scheduler and kube-proxy at -v=10', async () => {
  const folder = processes.folder()
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  const authority = await CertificateAuthority.create('kubernetes-ca', systemClock)
  const { certificate, key } = authority.pair
  mkdirSync(join(folder, 'data'))
  const api = await processes.start('kube-apiserver', (port) => [
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--data-dir=${join(folder, 'data')}`,
    '--storage-driver=memory',
    `--token-auth-file=${file('tokens', `${token},admin,u,"system:masters"\n`)}`,
  ])
  const call = async (line: string, body?: object) => {
    const { status, body: text } = await send(api.port, line, { token, ...(body ? { body } : {}) })
    if (status >= 300) throw new Error(`${line}: ${status} ${text}`)
    return JSON.parse(text) as Record<string, never>
  }
  await eventually(async () => expect((await send(api.port, 'GET /readyz', { token })).status).toBe(200))

  const good = kubeconfig(folder, 'good', api.port, token)
  // With this one everything is refused, and complained of.
  const bad = kubeconfig(folder, 'bad', api.port, `wrong-${canary}`)
  const signing = [`--cluster-signing-cert-file=${file('ca.crt', certificate)}`, `--cluster-signing-key-file=${file('ca.key', key)}`]
  const managers = [
    '--v=10',
    '--controllers=*,bootstrapsigner,tokencleaner',
    '--use-service-account-credentials',
    '--leader-elect=false',
    `--root-ca-file=${join(folder, 'ca.crt')}`,
    ...signing,
  ]
  const components = await Promise.all(
    [good, bad].flatMap((config, index) => [
      processes.start('kube-controller-manager', (port) => [
        `--kubeconfig=${config}`,
        `--secure-port=${port}`,
        ...managers,
        `--logging-format=${index ? 'json' : 'text'}`,
      ]),
      processes.start('kube-scheduler', (port) => [`--kubeconfig=${config}`, `--secure-port=${port}`, '--v=10', '--leader-elect=false']),
      processes.start('kube-proxy', (port) => [`--kubeconfig=${config}`, '--v=10', '--hostname-override=n', `--healthz-bind-address=127.0.0.1:${port}`]),
    ]),
  )

  const namespace = '/api/v1/namespaces/default'
  await call('POST /api/v1/nodes', { metadata: { name: 'n' } })
  await call('PATCH /api/v1/nodes/n/status', {
    status: {
      allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
      conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: '2099-01-01T00:00:00Z' }],
    },
  })
  await call(`POST ${namespace}/secrets`, { metadata: { name: 's', annotations: { note: canary } }, data: { password: encoded } })
  await call(`POST ${namespace}/configmaps`, { metadata: { name: 'c' }, data: { password: canary } })
  await call('POST /api/v1/namespaces/kube-system/secrets', {
    metadata: { name: 'bootstrap-token-abcdef' },
    type: 'bootstrap.kubernetes.io/token',
    stringData: { 'token-id': 'abcdef', 'token-secret': bootstrapSecret, 'usage-bootstrap-signing': 'true', expiration: '2020-01-01T00:00:00Z' },
  })
  const spec = {
    containers: [{ name: 'c', image: 'i', env: [{ name: 'PASSWORD', value: canary }], envFrom: [{ secretRef: { name: 's' } }] }],
    imagePullSecrets: [{ name: 's' }],
    volumes: [{ name: 'v', secret: { secretName: 's' } }],
  }
  await call('POST /apis/apps/v1/namespaces/default/deployments', {
    metadata: { name: 'd' },
    spec: { selector: { matchLabels: { app: 'a' } }, template: { metadata: { labels: { app: 'a' } }, spec } },
  })
  await call(`POST ${namespace}/services`, { metadata: { name: 'a', annotations: { note: canary } }, spec: { selector: { app: 'a' }, ports: [{ port: 80 }] } })
  await call('POST /api/v1/namespaces', { metadata: { name: 'leaving' } })
  await call('POST /api/v1/namespaces/leaving/secrets', { metadata: { name: 's' }, data: { password: encoded } })
  await call('DELETE /api/v1/namespaces/leaving')

  // All of it has been worked on.
  await eventually(async () => {
    const { items } = (await call(`GET ${namespace}/pods`)) as unknown as { items: { spec: { nodeName?: string } }[] }
    expect(items.map((pod) => pod.spec.nodeName)).toEqual(['n'])
    expect((await call('GET /apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io/service-name=a'))['items']).toHaveLength(1)
    expect((await send(api.port, 'GET /api/v1/namespaces/leaving', { token })).status).toBe(404)
    expect((await send(api.port, 'GET /api/v1/namespaces/kube-system/secrets/bootstrap-token-abcdef', { token })).status).toBe(404)
  })
  // The proxy has nothing to say when all is well.
  await eventually(async () => expect((await fetch(`http://127.0.0.1:${components[2]!.port}/healthz`)).status).toBe(200))
  for (const component of components.slice(0, 2)) expect(component.said()).not.toBe('')
  // A line of a key is enough to know it by.
  const keyLine = key.split('\n')[1]!
  expect(readFileSync(join(folder, 'ca.key'), 'utf8')).toContain(keyLine)
  for (const [index, component] of components.entries()) {
    if (index >= components.length / 2) await eventually(() => expect(component.said()).toMatch(/Unauthorized|401/))
    const name = `component ${index}`
    expectNoCanary(name, component.said(), [bootstrapSecret, keyLine])
    expect(/eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+|PRIVATE KEY/.exec(component.said())?.[0] ?? '', name).toBe('')
  }
})
