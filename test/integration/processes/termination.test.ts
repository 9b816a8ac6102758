// SIGTERM ends a component at once, also when its API server has taken the connection and says nothing: nobody waits for a server that may
// be gone (a connection is found to be dead after three quarters of a minute only).
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const entry = join(import.meta.dirname, '../../../src/cmd/main.ts')
const directory = mkdtempSync(join(tmpdir(), 'termination-'))
const kubeconfig = join(directory, 'kubeconfig')
const sockets = new Set<Socket>()
let silent: Server

beforeAll(async () => {
  silent = createServer((socket) => void sockets.add(socket.on('error', () => {}))).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const server = `https://127.0.0.1:${(silent.address() as AddressInfo).port}`
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    users: [{ name: 'u', user: { token: 't' } }],
  }
  writeFileSync(kubeconfig, JSON.stringify(config))
})
afterAll(() => {
  for (const socket of sockets) socket.destroy()
  silent.close()
  rmSync(directory, { recursive: true })
})

test.each([
  { name: 'kube-proxy', flags: ['--healthz-bind-address=', '--metrics-bind-address='] },
  { name: 'kube-scheduler', flags: ['--secure-port=0'] },
  { name: 'kube-scheduler', flags: ['--secure-port=0', '--leader-elect=false'] },
  { name: 'kube-controller-manager', flags: ['--secure-port=0'] },
  { name: 'kube-controller-manager', flags: ['--secure-port=0', '--leader-elect=false'] },
])('$name $flags', { timeout: 20_000 }, async ({ name, flags }) => {
  const connected = once(silent, 'connection')
  const child = spawn(process.execPath, [entry, name, '--kubeconfig', kubeconfig, ...flags], { stdio: 'ignore' })
  try {
    const exited = once(child, 'exit')
    await connected
    child.kill('SIGTERM')
    expect(await exited).toEqual([0, null])
  } finally {
    child.kill('SIGKILL')
  }
})
