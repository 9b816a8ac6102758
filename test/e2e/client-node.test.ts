// What @kubernetes/client-node does with containers: exec, attach, copies, port-forward, logs.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { Attach, Cp, Exec, KubeConfig, Log, PortForward, type V1Status } from '@kubernetes/client-node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestCluster } from '../support/cluster.ts'

const image = 'registry.example/tools:1'
const program = '/bin/busybox --install -s /bin; mkdir /w; echo hello > /w/index.html; httpd -p 8080 -h /w; echo first; echo second; exec cat'

let cluster: TestCluster
let config: KubeConfig
beforeAll(async () => {
  cluster = await TestCluster.up('--nodes', '1')
  await cluster.loadBusybox(image)
  config = new KubeConfig()
  config.loadFromFile(cluster.env['KUBECONFIG']!)
  const container = { name: 'c', image, imagePullPolicy: 'Never', stdin: true, command: ['/bin/busybox', 'sh', '-c', program] }
  await cluster.apply(
    JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { terminationGracePeriodSeconds: 0, containers: [container] } }),
  )
  await cluster.kubectl('wait', '--for=condition=Ready', 'pod/p', '--timeout=60s')
})
afterAll(() => cluster?.[Symbol.asyncDispose]())

class Sink extends Writable {
  text = ''
  override _write(chunk: Buffer, _encoding: string, done: () => void) {
    this.text += chunk.toString()
    done()
  }
}

/** @returns what the command wrote, and how it ended */
async function exec(command: readonly string[], { stdin, terminal }: { stdin?: PassThrough; terminal?: { columns: number; rows: number } } = {}) {
  const [out, errors] = [Object.assign(new Sink(), terminal), new Sink()]
  const { promise, resolve } = Promise.withResolvers<V1Status>()
  const socket = await new Exec(config).exec('default', 'p', 'c', [...command], out, terminal ? null : errors, stdin ?? null, terminal !== undefined, resolve)
  const closed = new Promise((done) => socket.on('close', done))
  const { status, reason, details } = await promise
  await closed
  return { out: out.text, errors: errors.text, status, reason, code: details?.causes?.[0]?.message }
}

const input = (text: string) => {
  const stream = new PassThrough()
  stream.end(text)
  return stream
}

test('exec: streams, exit codes, an end of the input, a terminal', async () => {
  expect(await exec(['sh', '-c', 'echo out; echo err >&2'])).toEqual({ out: 'out\n', errors: 'err\n', status: 'Success' })
  expect(await exec(['sh', '-c', 'exit 7'])).toMatchObject({ status: 'Failure', reason: 'NonZeroExitCode', code: '7' })
  expect(await exec(['/nope'])).toMatchObject({ status: 'Failure', reason: 'InternalError', code: expect.stringContaining('no such file') as string })
  expect(await exec(['wc', '-c'], { stdin: input('nine char') })).toMatchObject({ out: '9\n' })
  expect((await exec(['head', '-c', '3000000', '/dev/zero'])).out).toHaveLength(3_000_000)
  const sized = await exec(['sh', '-c', 'until [ -n "$(stty size 2> /dev/null)" ]; do sleep 0.1; done; stty size'], {
    stdin: new PassThrough(),
    terminal: { columns: 77, rows: 33 },
  })
  expect(sized.out).toContain('33 77')
})

test('exec: what cannot be begun is refused', async () => {
  const refused = (pod: string, container: string) => new Exec(config).exec('default', pod, container, ['true'], new Sink(), null, null, false)
  await expect(refused('none', 'c')).rejects.toMatchObject({ message: 'Unexpected server response: 404' })
  await expect(refused('p', 'none')).rejects.toMatchObject({ message: 'Unexpected server response: 400' })
})

test('attach: what goes in comes out', async () => {
  const [out, stdin] = [new Sink(), new PassThrough()]
  const socket = await new Attach(config).attach('default', 'p', 'c', out, null, stdin, false)
  stdin.write('typed\n')
  await expect.poll(() => out.text).toContain('typed\n')
  socket.close()
})

test('logs: whole, followed, of no such container', async () => {
  const log = new Log(config)
  const last = new Sink()
  const following = new Sink()
  await log.log('default', 'p', 'c', last, { tailLines: 20 })
  await expect.poll(() => last.text).toContain('first\nsecond\n')
  const controller = await log.log(
    'default',
    'p',
    'c',
    following.on('error', () => {}),
    { follow: true, limitBytes: 6 },
  )
  await expect.poll(() => following.text).toBe('first\n')
  controller.abort()
  await expect(log.log('default', 'p', 'none', new Sink(), {})).rejects.toMatchObject({ code: 400 })
})

test('copies to a container and back', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'client-node-'))
  const cp = new Cp(config)
  const text = 'copied\n'.repeat(50_000)
  writeFileSync(join(directory, 'file.txt'), text)
  await cp.cpToPod('default', 'p', 'c', directory, '/w')
  await expect.poll(async () => (await exec(['wc', '-c', '/w/file.txt'])).out).toBe(`${text.length} /w/file.txt\n`)
  rmSync(join(directory, 'file.txt'))
  await cp.cpFromPod('default', 'p', 'c', 'file.txt', directory, '/w')
  await expect.poll(() => sizeOf(join(directory, 'file.txt'))).toBe(text.length)
  rmSync(directory, { recursive: true })
})

const sizeOf = (path: string) => {
  try {
    return readFileSync(path).length
  } catch {
    return 0 // not there yet
  }
}

test('port-forward: a port that answers, and one that does not', async () => {
  const forward = new PortForward(config)
  const server = createServer(
    (socket) =>
      void forward.portForward(
        'default',
        'p',
        [8080],
        socket.on('error', () => {}),
        null,
        socket,
      ),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  let text = ''
  client.on('data', (chunk: Buffer) => (text += String(chunk))).on('error', () => {})
  client.write('GET /index.html HTTP/1.0\r\n\r\n')
  await expect.poll(() => text).toMatch(/^HTTP\/1.\d 200 OK[^]*hello\n$/)
  client.destroy()
  server.close()
  const errors = new Sink()
  const socket = await forward.portForward('default', 'p', [8081], new Sink(), errors, new PassThrough())
  await expect.poll(() => errors.text).toContain('connection refused')
  if (typeof socket !== 'function') socket.close()
})
