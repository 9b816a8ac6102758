// Components on their own, as benchmarks find them: by name and flags in the list of processes, and by what they listen on.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CertificateAuthority } from '../../../src/pki/certificate-authority.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { run } from '../../support/command.ts'
import { callHttps } from '../../support/https-call.ts'
import { eventually } from '../../support/eventually.ts'
import { CoxServer, stop } from './cox-server.ts'
import { listeningOf } from './listening.ts'

const entry = join(import.meta.dirname, '../../../src/cmd/main.ts')
let server: CoxServer
const processes: ChildProcess[] = []
beforeAll(async () => {
  server = await CoxServer.start(mkdtempSync(join(tmpdir(), 'cis-')))
})
afterAll(async () => {
  for (const child of processes) await stop(child)
  await server?.[Symbol.asyncDispose]()
})

function start(...argv: string[]): ChildProcess {
  const log = openSync(join(server.directory, `${argv[0]}.log`), 'a')
  const child = spawn(process.execPath, [entry, ...argv], { stdio: ['ignore', log, log] })
  processes.push(child)
  return child
}

for (const { name, flags, listening } of [
  {
    name: 'kube-controller-manager',
    flags: ['--profiling=false', '--use-service-account-credentials=true', '-v=10'],
    listening: '127.0.0.1:10257',
  },
  { name: 'kube-scheduler', flags: ['--profiling=false', '--v=10'], listening: '127.0.0.1:10259' },
]) {
  test(`1.3, 1.4: ${name} shows its name and flags, listens on loopback only, and has nothing to profile`, async () => {
    const child = start(name, '--kubeconfig', server.kubeconfig, ...flags)
    await eventually(() => expect(listeningOf(child.pid!)).toEqual([listening]))
    const shown = readFileSync(`/proc/${child.pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
    expect(shown).toBe([name, '--kubeconfig', server.kubeconfig, ...flags].join(' '))
    expect(readFileSync(`/proc/${child.pid}/comm`, 'utf8').trim()).toBe(name.slice(0, 15))
    const get = async (path: string) => (await callHttps(Number(listening.split(':')[1]), `GET ${path}`)).status
    await eventually(async () => expect(await get('/healthz')).toBe(200))
    expect(await get('/metrics')).toBe(401)
    expect(await get('/debug/pprof/')).toBe(401)
  })
}

test.each([
  ['kube-apiserver', '--profiling=true', '--profiling=false only: there are no profiling endpoints'],
  ['kube-controller-manager', '--profiling', '--profiling=false only'],
  ['kubelet', '--anonymous-auth=true', 'nobody uses the kubelet API without a name'],
  ['kubelet', '--read-only-port=10255', '0 is the only value'],
  ['kubelet', '--authorization-mode=AlwaysAllow', 'Webhook is the only value'],
  ['kube-apiserver', '-v=x', '"x" is no whole number'],
])('%s %s is refused', async (name, flag, message) => {
  const { code, stderr } = await run([process.execPath, entry, name, flag])
  expect([code, stderr]).toEqual([1, expect.stringContaining(message)])
})

test('cox server has no file of static tokens (1.2.2)', async () => {
  const { code, stderr } = await run([process.execPath, entry, 'server', '--data-dir', server.dataDirectory, '--token-auth-file', 'x'])
  expect([code, stderr]).toEqual([1, expect.stringContaining('unknown option')])
})

test('--deny-service-external-ips=false is the way back to upstream’s default (CVE-2020-8554)', async () => {
  await using open = await CoxServer.start(mkdtempSync(join(tmpdir(), 'cis-')), '--deny-service-external-ips=false')
  const service = { metadata: { name: 'x' }, spec: { ports: [{ port: 80 }], externalIPs: ['192.0.2.9'] } }
  await eventually(async () => expect((await open.call('POST', '/api/v1/namespaces/default/services', service)).status).toBe(201))
})

test('cox server: names and certificates of one’s own, admission plugins by name and file', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'cis-'))
  const ca = await CertificateAuthority.create('public', systemClock)
  const pair = await ca.issue({ commonName: 'x', hosts: ['api.example.com'], usages: ['server'], validityDays: 1 })
  for (const [name, text] of [
    ['public.crt', pair.certificate],
    ['public.key', pair.key],
  ] as const)
    writeFileSync(join(directory, name), text)
  const admission = {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AdmissionConfiguration',
    plugins: [
      {
        name: 'EventRateLimit',
        configuration: { apiVersion: 'eventratelimit.admission.k8s.io/v1alpha1', kind: 'Configuration', limits: [{ type: 'Server', qps: 1, burst: 1 }] },
      },
    ],
  }
  writeFileSync(join(directory, 'admission.yaml'), JSON.stringify(admission))
  const tls = ['--tls-san', 'cluster.internal,192.0.2.7', '--tls-sni-cert-key', `${join(directory, 'public.crt')},${join(directory, 'public.key')}`]
  const plugins = ['--enable-admission-plugins', 'AlwaysPullImages,EventRateLimit', '--admission-control-config-file', join(directory, 'admission.yaml')]
  await using own = await CoxServer.start(directory, ...tls, ...plugins)
  const shown = async (servername: string) => {
    const socket = connect({ host: '127.0.0.1', port: own.port, servername, rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const { subjectaltname = '' } = socket.getPeerCertificate()
    socket.destroy()
    return subjectaltname
  }
  expect(await shown('api.example.com')).toBe('DNS:api.example.com')
  expect(await shown('cluster.internal')).toMatch(/DNS:cluster\.internal.*IP Address:192\.0\.2\.7/)
  const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'busybox', imagePullPolicy: 'Never' }] } }
  await eventually(async () => {
    const { status, text } = await own.call('POST', '/api/v1/namespaces/default/pods?dryRun=All', pod)
    expect([status, text]).toEqual([201, expect.stringContaining('"imagePullPolicy":"Always"')])
  })
  const event = { metadata: { generateName: 'e' }, involvedObject: { namespace: 'default' }, reason: 'x' }
  await eventually(async () => expect((await own.call('POST', '/api/v1/namespaces/default/events', event)).status).toBe(429))
  // What is on by itself stays on.
  const service = { metadata: { name: 'x' }, spec: { ports: [{ port: 80 }], externalIPs: ['192.0.2.9'] } }
  expect((await own.call('POST', '/api/v1/namespaces/default/services', service)).status).toBe(403)
})
