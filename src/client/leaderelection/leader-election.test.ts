import { expect, test } from 'vitest'
import type { Lease } from '../../api/coordination/v1.ts'
import { alreadyExists, conflict, notFound } from '../../apimachinery/api-error.ts'
import { leases } from '../../api/resources.ts'
import { FakeClock } from '../../util/fake/clock.ts'
import type { Client } from '../client.ts'
import { LeadershipLostError, leadWhenElected } from './leader-election.ts'

/** One lease, guarded by its resourceVersion. */
class FakeLeases {
  lease: Lease | undefined
  down = false
  /** Requests are never answered. */
  silent = false
  #version = 0

  readonly client = {
    get: () => this.#answer(() => this.lease ?? raise(notFound(leases, 'l'))),
    create: (_: unknown, lease: Lease) => this.#answer(() => (this.lease ? raise(alreadyExists(leases, 'l')) : this.#store(lease))),
    update: (_: unknown, lease: Lease) =>
      this.#answer(() =>
        lease.metadata.resourceVersion === this.lease?.metadata.resourceVersion ? this.#store(lease) : raise(conflict(leases, 'l', 'changed')),
      ),
  } as unknown as Pick<Client, 'get' | 'create' | 'update'>

  #store(lease: Lease): Lease {
    return (this.lease = { ...lease, metadata: { ...lease.metadata, resourceVersion: String(++this.#version) } })
  }

  async #answer<T>(answer: () => T): Promise<T> {
    if (this.down) throw new Error('server is down')
    if (this.silent) await new Promise(() => {})
    return answer()
  }
}

function raise(error: Error): never {
  throw error
}

function candidate(server: FakeLeases, clock: FakeClock, identity: string) {
  const ending = new AbortController()
  const state = { leading: false, ended: undefined as unknown }
  const done = leadWhenElected(
    { client: server.client, lease: { namespace: 'kube-system', name: 'l' }, identity, clock, rand: () => 0 },
    async (signal) => {
      state.leading = true
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      state.leading = false
    },
    ending.signal,
  ).then(
    () => (state.ended = 'resolved'),
    (error: unknown) => (state.ended = error),
  )
  return { state, done, stop: () => ending.abort() }
}

test('one leads; the other takes over 15 s after the last renewal of a leader that vanished', async () => {
  const server = new FakeLeases()
  const clock = new FakeClock()
  const a = candidate(server, clock, 'a')
  await clock.advance(0)
  const b = candidate(server, clock, 'b')
  await clock.advance(60_000)
  expect([a.state.leading, b.state.leading]).toEqual([true, false])
  const renewals = server.client.update
  Object.assign(server.client, {
    update: (...[resource, lease]: Parameters<typeof renewals>) =>
      (lease as unknown as Lease).spec.holderIdentity === 'a' ? Promise.reject(new Error('cut off')) : renewals(resource, lease),
  })
  await clock.advance(11_000)
  expect(a.state.ended).toBeInstanceOf(LeadershipLostError)
  expect(b.state.leading).toBe(false) // never two at once
  await clock.advance(8_000)
  expect([a.state.leading, b.state.leading]).toEqual([false, true])
  expect(server.lease?.spec.leaseTransitions).toBe(1)
  b.stop()
  await b.done
})

test('a leader whose server is down ends by itself after 10 s', async () => {
  const server = new FakeLeases()
  const clock = new FakeClock()
  const a = candidate(server, clock, 'a')
  await clock.advance(1000)
  server.down = true
  await clock.advance(9_000)
  expect(a.state.leading).toBe(true)
  await clock.advance(4_000)
  expect([a.state.leading, a.state.ended]).toEqual([false, expect.any(LeadershipLostError)])
})

test('a leader that ends releases the lease: the next need not wait', async () => {
  const server = new FakeLeases()
  const clock = new FakeClock()
  const a = candidate(server, clock, 'a')
  await clock.advance(0)
  const b = candidate(server, clock, 'b')
  a.stop()
  await a.done
  expect([a.state.ended, server.lease?.spec.holderIdentity]).toEqual(['resolved', ''])
  await clock.advance(2_000)
  expect(b.state.leading).toBe(true)
  b.stop()
  await b.done
})

test('a server that says nothing keeps nobody: neither who waits for the lease, nor who gives it back', async () => {
  const server = new FakeLeases()
  const clock = new FakeClock()
  const a = candidate(server, clock, 'a')
  await clock.advance(0)
  server.silent = true
  const b = candidate(server, clock, 'b')
  await clock.advance(0)
  b.stop()
  await b.done
  expect(b.state.ended).toBe('resolved')
  await clock.advance(2_000) // a renewal is under way
  a.stop()
  await clock.advance(0)
  await clock.advance(2_999)
  expect(a.state).toEqual({ leading: false, ended: undefined })
  await clock.advance(1)
  expect(a.state.ended).toBe('resolved')
})

test('a renewal that was cut off before its answer came hinders nobody from giving the lease back', async () => {
  const server = new FakeLeases()
  const clock = new FakeClock()
  const a = candidate(server, clock, 'a')
  await clock.advance(0)
  const update = server.client.update
  // It is written, but not answered.
  Object.assign(server.client, { update: async (...given: Parameters<typeof update>) => (await update(...given), await new Promise(() => {})) })
  await clock.advance(2_000)
  Object.assign(server.client, { update })
  a.stop()
  await a.done
  expect([a.state.ended, server.lease?.spec.holderIdentity]).toEqual(['resolved', ''])
})
