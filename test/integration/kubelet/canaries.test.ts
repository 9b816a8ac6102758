// CVE-2019-11250 and its kin: a kubelet that logs all it can, at work on secrets, tokens and credentials of registries and probes.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { events, pods, secrets } from '../../../src/api/resources.ts'
import type { Logger } from '../../../src/component-base/logger.ts'
import { newStreamLogger } from '../../../src/component-base/logs/stream-logger.ts'
import { canary, expectNoCanary } from '../audit/canary.ts'
import { phase, running, TestNode } from './node.ts'

let node: TestNode
let said = ''
const logger: Logger = newStreamLogger({ stream: { write: (text: string) => ((said += text), true) } as never, level: 'debug', format: 'json' })
const data = (text: string) => Buffer.from(text).toString('base64')

beforeAll(async () => {
  node = await TestNode.start('10.210.5.0/24', { logger })
  node.api.onSubresource = () => ({ status: { token: `token-${canary}`, expirationTimestamp: '2099-01-01T00:00:00Z' } })
  const secret = (name: string, type: string, values: Record<string, string>) =>
    node.api.create(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: 'default' },
      type,
      data: Object.fromEntries(Object.entries(values).map(([key, text]) => [key, data(text)])),
    })
  secret('keys', 'Opaque', { pass: canary, 'not a name of a variable': canary, '1bad': canary })
  secret('registry', 'kubernetes.io/dockerconfigjson', {
    '.dockerconfigjson': JSON.stringify({ auths: { '127.0.0.1:1': { username: 'u', password: canary, auth: data(`u:${canary}`) } } }),
  })
  secret('broken', 'kubernetes.io/dockerconfigjson', { '.dockerconfigjson': `{"auths": {"127.0.0.1:1": "${canary}"` })
})
afterAll(async () => node[Symbol.asyncDispose]())

const sh = (script: string) => ['/bin/sh', '-c', script]

test('environment, files, tokens, pull secrets and headers of probes are in no line, no event and no status', async () => {
  node.pod('reader', {
    volumes: [
      { name: 'files', secret: { secretName: 'keys', items: [{ key: 'pass', path: 'pass' }] } },
      { name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
    ],
    containers: [
      {
        name: 'main',
        command: sh(`test "$PASS" = ${canary} && cat /files/pass /token/token > /dev/null && sleep 1000`),
        env: [{ name: 'PASS', valueFrom: { secretKeyRef: { name: 'keys', key: 'pass' } } }],
        envFrom: [{ secretRef: { name: 'keys' } }],
        volumeMounts: [
          { name: 'files', mountPath: '/files' },
          { name: 'token', mountPath: '/token' },
        ],
        readinessProbe: { httpGet: { port: 9, httpHeaders: [{ name: 'Authorization', value: `Bearer ${canary}` }] }, periodSeconds: 1 },
      },
    ],
  })
  await node.until('reader', running)
  for (const name of ['registry', 'broken'])
    node.pod(`pull-${name}`, { imagePullSecrets: [{ name }], containers: [{ name: 'main', image: '127.0.0.1:1/absent:1' }] })
  node.pod('missing', { containers: [{ name: 'main', env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'keys', key: 'nope' } } }] }] })
  node.pod('crash', { restartPolicy: 'Never', containers: [{ name: 'main', command: ['/none'], env: [{ name: 'X', value: canary }] }] })
  await node.until('crash', phase('Failed'))
  for (const [name, reason] of [
    ['reader', 'Unhealthy'],
    ['pull-registry', 'Failed'],
    ['pull-broken', 'Failed'],
    ['missing', 'Failed'],
  ] as const) {
    await expect.poll(() => node.events(name).join('\n')).toContain(`${reason}: `)
  }
  expect(said).toContain('pull-registry')
  expectNoCanary('log', said)
  expectNoCanary('events', JSON.stringify(node.api.all(events)))
  expectNoCanary('statuses', JSON.stringify(node.api.all(pods).map((pod) => pod.status)))
})
