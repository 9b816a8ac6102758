// What kubectl 1.36 streams to and from containers, over its WebSockets: exec, attach, copies, port-forward, logs, debug.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestCluster } from '../support/cluster.ts'
import { run } from '../support/command.ts'
import { eventually } from '../support/eventually.ts'
import { kubectlPath } from '../support/packaged-clients.ts'

const image = 'registry.example/tools:1'
const program = '/bin/busybox --install -s /bin; mkdir /w; echo hello > /w/index.html; httpd -p 8080 -h /w; echo first; exec cat'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await TestCluster.up('--nodes', '1')
  await cluster.loadBusybox(image)
  const container = { name: 'c', image, imagePullPolicy: 'Never', stdin: true, command: ['/bin/busybox', 'sh', '-c', program] }
  await cluster.apply(
    JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { terminationGracePeriodSeconds: 0, containers: [container] } }),
  )
  await cluster.kubectl('wait', '--for=condition=Ready', 'pod/p', '--timeout=60s')
})
afterAll(() => cluster?.[Symbol.asyncDispose]())

const kubectl = (args: readonly string[], input?: string) => run([kubectlPath(), ...args], { env: cluster.env, ...(input === undefined ? {} : { input }) })

/** A command that goes on: what it has said so far, on both streams. */
function start(args: readonly string[]) {
  const child = spawn(kubectlPath(), args, { env: { ...process.env, ...cluster.env } })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  return {
    child,
    said: () => said,
    async end() {
      child.kill()
      await once(child, 'close')
    },
  }
}

test('exec: streams apart, exit statuses, input to its end, much output', async () => {
  expect(await kubectl(['exec', 'p', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7'])).toEqual({
    code: 7,
    stdout: 'out\n',
    stderr: 'err\ncommand terminated with exit code 7\n',
  })
  expect(await kubectl(['exec', '-i', 'p', '--', 'wc', '-c'], 'nine char')).toMatchObject({ code: 0, stdout: '9\n' })
  expect((await kubectl(['exec', 'p', '--', 'head', '-c', '3000000', '/dev/zero'])).stdout).toHaveLength(3_000_000)
  expect(await kubectl(['exec', 'p', '--', '/nope'])).toMatchObject({ code: 1, stderr: expect.stringContaining('no such file') as string })
})

test('it speaks WebSocket, and does not fall back', async () => {
  const { code, stderr } = await kubectl(['exec', '-v=8', 'p', '--', 'true'])
  expect(code).toBe(0)
  expect(stderr).toContain('101 Switching Protocols')
  expect(stderr).not.toContain('RemoteCommand fallback')
})

test('cp: files and folders there and back', async () => {
  const there = join(cluster.directory, 'there')
  mkdirSync(join(there, 'deep'), { recursive: true })
  writeFileSync(join(there, 'deep/big'), Buffer.alloc(2_000_000, 'coxswain '))
  expect(await kubectl(['cp', there, 'p:/w/there'])).toMatchObject({ code: 0 })
  expect(await cluster.kubectl('exec', 'p', '--', 'sh', '-c', 'wc -c < /w/there/deep/big')).toBe('2000000')
  expect(await kubectl(['cp', 'p:/w/there', join(cluster.directory, 'back')])).toMatchObject({ code: 0 })
  expect(readFileSync(join(cluster.directory, 'back/deep/big')).equals(readFileSync(join(there, 'deep/big')))).toBe(true)
})

test('logs -f and attach: what goes in comes out of both', async () => {
  const logs = start(['logs', '-f', 'p'])
  const attach = start(['attach', '-i', 'p'])
  await eventually(() => {
    attach.child.stdin.write('echo\n')
    expect(attach.said()).toContain('echo\n')
    expect(logs.said()).toMatch(/^first\n(echo\n)+$/)
  })
  await Promise.all([logs.end(), attach.end()])
})

test('port-forward: many requests over one tunnel, and a port where nobody listens', async () => {
  const forward = start(['port-forward', 'pod/p', ':8080', ':9'])
  await eventually(() => expect(forward.said().match(/Forwarding from 127/g)).toHaveLength(2))
  const portTo = (target: number) => new RegExp(`127.0.0.1:(\\d+) -> ${target}\n`).exec(forward.said())![1]!
  const pages = await Promise.all(Array.from({ length: 20 }, async () => (await fetch(`http://127.0.0.1:${portTo(8080)}/`)).text()))
  expect(new Set(pages)).toEqual(new Set(['hello\n']))
  await expect(fetch(`http://127.0.0.1:${portTo(9)}/`)).rejects.toThrow('fetch failed')
  await eventually(() => expect(forward.said()).toMatch(/an error occurred forwarding .*connection refused/i))
  await forward.end()
})

test('debug: a container beside the others, attached to until it ends', async () => {
  const options = ['--image', image, '--image-pull-policy=Never', '--target=c', '--profile=general', '-c', 'dbg']
  const script = 'read line; echo got $line'
  const debug = start(['debug', '-i', 'p', ...options, '--', '/bin/busybox', 'sh', '-c', script])
  // Its stdin stays open: runtimes end an attachment to a container that is not for one input only when the input ends.
  debug.child.stdin.write('it\n')
  await once(debug.child, 'close')
  expect(debug.child.exitCode).toBe(0)
  expect(debug.said()).toContain('got it')
})
