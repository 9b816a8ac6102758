// A runtime of the test's own, on a unix socket.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Server, ServerCredentials, status } from '@grpc/grpc-js'
import { fromJSON, type ServiceDefinition } from '@grpc/proto-loader'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { newRuntimeClient, type RuntimeClient } from './client.ts'
import { isDeadlineExceeded, isNotFound, isUnavailable, isUnimplemented, RuntimeError } from './errors.ts'
import descriptor from './generated/descriptor.ts'

const definitions = fromJSON(descriptor, { longs: Number, enums: String, defaults: true })
const directory = mkdtempSync(join(tmpdir(), 'cox-cri-'))
const endpoint = join(directory, 'runtime.sock')
let server: Server
let client: RuntimeClient

async function serve(): Promise<void> {
  server = new Server()
  const runtime = definitions['runtime.v1.RuntimeService'] as ServiceDefinition
  server.addService(runtime, {
    Version: (_: unknown, answer: (error: null, value: object) => void) => answer(null, { runtimeName: 'test', runtimeVersion: '1' }),
    ContainerStatus: (call: { request: { containerId: string } }, answer: (error: object | null, value?: object) => void) =>
      call.request.containerId === 'slow'
        ? undefined
        : call.request.containerId === 'here'
          ? answer(null, { status: { id: 'here', state: 'CONTAINER_EXITED', createdAt: '1700000000000000000', exitCode: 3 } })
          : answer({ code: status.NOT_FOUND, details: 'no such container' }),
    GetContainerEvents: (call: { write(event: object): void; end(): void }) => {
      call.write({ containerId: 'a', containerEventType: 'CONTAINER_STARTED_EVENT' })
      call.write({ containerId: 'b', containerEventType: 'CONTAINER_STOPPED_EVENT' })
      call.end()
    },
  } as never)
  await new Promise<void>((resolve, reject) => server.bindAsync(`unix://${endpoint}`, ServerCredentials.createInsecure(), (e) => (e ? reject(e) : resolve())))
}

afterAll(() => rmSync(directory, { recursive: true }))
beforeEach(async () => {
  await serve()
  client = newRuntimeClient({ endpoint })
})
afterEach(() => {
  client.close()
  server.forceShutdown()
  rmSync(endpoint, { force: true })
})

test('answers: enums as names, 64-bit numbers as numbers, absent messages as null', async () => {
  expect(await client.version({})).toMatchObject({ runtimeName: 'test' })
  const { status: found } = await client.containerStatus({ containerId: 'here' })
  expect(found).toMatchObject({ state: 'CONTAINER_EXITED', createdAt: 1.7e18, exitCode: 3, resources: null })
})

test('errors say which call failed and how', async () => {
  const error = await client.containerStatus({ containerId: 'gone' }).catch((e: unknown) => e)
  expect(error).toBeInstanceOf(RuntimeError)
  expect(error).toMatchObject({ method: 'ContainerStatus', code: 'NOT_FOUND', message: 'no such container' })
  expect(isNotFound(error)).toBe(true)
  expect(isUnimplemented(await client.listContainers({}).catch((e: unknown) => e))).toBe(true)
})

test('deadlines and aborts', async () => {
  expect(isDeadlineExceeded(await client.containerStatus({ containerId: 'slow' }, { timeoutMs: 20 }).catch((e: unknown) => e))).toBe(true)
  const stop = new AbortController()
  const call = client.containerStatus({ containerId: 'slow' }, { signal: stop.signal })
  stop.abort(new Error('enough'))
  await expect(call).rejects.toThrow('enough')
})

test('a stream of events ends with the runtime', async () => {
  const events = await Array.fromAsync(client.getContainerEvents({}, new AbortController().signal))
  expect(events.map((e) => `${e.containerId} ${e.containerEventType}`)).toEqual(['a CONTAINER_STARTED_EVENT', 'b CONTAINER_STOPPED_EVENT'])
})

test('a runtime that was restarted is found again', async () => {
  await client.version({})
  server.forceShutdown()
  rmSync(endpoint, { force: true })
  await expect.poll(() => client.version({}).then(() => false, isUnavailable)).toBe(true)
  await serve()
  await expect
    .poll(
      () =>
        client.version({}).then(
          () => true,
          () => false,
        ),
      { timeout: 5_000 },
    )
    .toBe(true)
})
