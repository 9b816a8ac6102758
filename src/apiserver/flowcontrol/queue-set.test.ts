import { expect, test } from 'vitest'
import { Heap } from '../../util/heap.ts'
import { flowNamed, flowRequest } from './fake/requests.ts'
import type { Decision, Flow, FlowRequest } from './fair-queue.ts'
import { QueueSet, type QueueSetShape } from './queue-set.ts'

const queueing = (queues: number, queueLengthLimit = 50): QueueSetShape => ({ kind: 'queue', queues, handSize: 1, queueLengthLimit })
const limit = (seats: number) => ({ seats, denominator: Math.max(1, seats) })

/** A queue set whose time is simulated: what is due next happens next. */
class Simulation {
  nowMs = 0
  readonly set: QueueSet
  readonly #events = new Heap<{ readonly atMs: number; readonly order: number; readonly run: () => void }>({
    keyOf: ({ order }) => String(order),
    before: (a, b) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order),
  })
  #order = 0

  constructor(shape: QueueSetShape, seats: number) {
    this.set = new QueueSet(shape, limit(seats), 0, (request, ms) => this.after(ms, () => this.set.release(request, this.nowMs)))
  }

  after(ms: number, run: () => void): void {
    this.#events.set({ atMs: this.nowMs + ms, order: this.#order++, run })
  }

  runUntil(endMs: number): void {
    for (let next = this.#events.peek(); next && next.atMs <= endMs; next = this.#events.peek()) {
      this.#events.pop()
      this.nowMs = next.atMs
      next.run()
    }
    this.nowMs = endMs
  }

  /** One request; `served` when it gets its seats, and again `serviceMs` later. */
  send(flow: Flow, serviceMs: number, more: Parameters<typeof flowRequest>[2] = {}, then: (decision: Decision) => void = () => {}): FlowRequest {
    const request = flowRequest(flow, this.nowMs, more)
    const settle = (decision: Decision) => {
      if (decision !== 'execute') return then(decision)
      this.after(serviceMs, () => {
        request.endMs = this.nowMs
        this.set.finish(request, this.nowMs)
        then('execute')
      })
    }
    const verdict = this.set.start(request, this.nowMs)
    if (verdict === 'wait') request.decide = settle
    else settle(verdict)
    return request
  }

  /** `threads` clients, each with one request after the other. @returns how many were served */
  client(flow: Flow, threads: number, serviceMs: number, more: Parameters<typeof flowRequest>[2] = {}): { served: number; seatMs: number } {
    const result = { served: 0, seatMs: 0 }
    const next = () => {
      this.send(flow, serviceMs, more, (decision) => {
        if (decision === 'execute') {
          result.served++
          result.seatMs += serviceMs * (more.initialSeats ?? 1)
          next()
        } else this.after(10, next)
      })
    }
    for (let i = 0; i < threads; i++) next()
    return result
  }
}

for (const { name, seats, clients, shares } of [
  {
    name: 'equal clients get equal shares',
    seats: 4,
    clients: [
      { threads: 8, ms: 10 },
      { threads: 8, ms: 10 },
    ],
    shares: [0.5, 0.5],
  },
  {
    name: 'twenty times as many requests under way do not get more',
    seats: 4,
    clients: [
      { threads: 100, ms: 10 },
      { threads: 5, ms: 10 },
    ],
    shares: [0.5, 0.5],
  },
  {
    name: 'shares are of time, not of requests',
    seats: 4,
    clients: [
      { threads: 8, ms: 50 },
      { threads: 8, ms: 5 },
    ],
    shares: [0.5, 0.5],
  },
  {
    name: 'wide requests count by their seats',
    seats: 8,
    clients: [
      { threads: 8, ms: 10, width: 4 },
      { threads: 16, ms: 10 },
    ],
    shares: [0.5, 0.5],
  },
  // One thread can use one of the three seats that are its share (6 for two); the other gets what is left.
  {
    name: 'what one does not use goes to the other',
    seats: 6,
    clients: [
      { threads: 1, ms: 10 },
      { threads: 30, ms: 10 },
    ],
    shares: [1 / 6, 5 / 6],
  },
  {
    name: 'three of them',
    seats: 3,
    clients: [
      { threads: 50, ms: 10 },
      { threads: 10, ms: 20 },
      { threads: 4, ms: 5 },
    ],
    shares: [1 / 3, 1 / 3, 1 / 3],
  },
] as readonly { name: string; seats: number; clients: { threads: number; ms: number; width?: number }[]; shares: number[] }[]) {
  test(`fairness: ${name}`, () => {
    const simulation = new Simulation(queueing(8, 200), seats)
    const results = clients.map(({ threads, ms, width = 1 }, i) => simulation.client(flowNamed(`c${i}`, [i]), threads, ms, { initialSeats: width }))
    simulation.runUntil(5000)
    const total = results.reduce((sum, { seatMs }) => sum + seatMs, 0)
    for (const [i, { seatMs }] of results.entries()) expect(seatMs / total).toBeCloseTo(shares[i]!, 1)
    // No seat is idle while somebody waits, but for wide requests that gather theirs.
    expect(total / 5000 / seats).toBeGreaterThan(0.9)
  })
}

test('a queue is first in, first out', () => {
  const simulation = new Simulation(queueing(1), 1)
  const flow = flowNamed('f', [0])
  const order: number[] = []
  for (let i = 0; i < 5; i++) simulation.send(flow, 10, {}, () => order.push(i))
  simulation.runUntil(100)
  expect(order).toEqual([0, 1, 2, 3, 4])
})

test('who comes after a pause has no credit from it: both share again at once', () => {
  const simulation = new Simulation(queueing(2, 500), 2)
  const busy = simulation.client(flowNamed('busy', [0]), 20, 10)
  simulation.runUntil(2000)
  const before = busy.served
  const late = simulation.client(flowNamed('late', [1]), 20, 10)
  simulation.runUntil(3000)
  expect(late.served / (late.served + busy.served - before)).toBeCloseTo(0.5, 1)
})

test('of its hand a request takes the queue with the least work', () => {
  const { set } = new Simulation(queueing(4), 1)
  const flow = flowNamed('f', [1, 3])
  set.start(flowRequest(flow, 0), 0)
  for (let i = 0; i < 6; i++) set.start(flowRequest(flow, 0), 0)
  expect(set.queues.map(({ length }) => length)).toEqual([0, 3, 0, 3])
})

test('a full queue refuses; another flow has its own', () => {
  const simulation = new Simulation(queueing(2, 3), 1)
  const decisions: string[] = []
  for (let i = 0; i < 6; i++) simulation.send(flowNamed('flood', [0]), 10, {}, (decision) => decisions.push(decision))
  expect(decisions).toEqual(['queue-full', 'queue-full'])
  const other: string[] = []
  simulation.send(flowNamed('other', [1]), 10, {}, (decision) => other.push(decision))
  simulation.runUntil(100)
  expect(other).toEqual(['execute'])
  expect(simulation.set.totals).toEqual({ dispatched: 5, rejected: 2, timedOut: 0, cancelled: 0 })
})

test('without queues what finds no seat is refused; exempt ones never are', () => {
  const rejecting = new QueueSet({ kind: 'reject' }, limit(2), 0, () => {})
  const flow = flowNamed('f', [])
  const requests = Array.from({ length: 3 }, () => flowRequest(flow, 0))
  expect(requests.map((request) => rejecting.start(request, 0))).toEqual(['execute', 'execute', 'concurrency-limit'])
  requests[0]!.endMs = 5
  rejecting.finish(requests[0]!, 5)
  expect(rejecting.start(flowRequest(flow, 5), 5)).toBe('execute')
  const exempt = new QueueSet({ kind: 'exempt' }, limit(0), 0, () => {})
  expect([exempt.start(flowRequest(flow, 0), 0), exempt.start(flowRequest(flow, 0), 0)]).toEqual(['execute', 'execute'])
})

test('a request wider than the level runs alone; narrow ones do not overtake it for ever', () => {
  const simulation = new Simulation(queueing(2, 200), 4)
  const narrow = simulation.client(flowNamed('narrow', [0]), 8, 10)
  simulation.runUntil(100)
  const wide = simulation.client(flowNamed('wide', [1]), 1, 10, { initialSeats: 9 })
  simulation.runUntil(2000)
  expect(wide.served).toBeGreaterThan(10)
  expect(narrow.served).toBeGreaterThan(10)
})

test('final seats stay taken for the additional latency', () => {
  const simulation = new Simulation(queueing(1), 10)
  simulation.send(flowNamed('f', [0]), 10, { finalSeats: 4, additionalLatencyMs: 30 })
  const inUse = [simulation.set.seatsInUse]
  for (const atMs of [15, 39, 41]) {
    simulation.runUntil(atMs)
    inUse.push(simulation.set.seatsInUse)
  }
  expect(inUse).toEqual([4, 4, 4, 0])
  expect(simulation.set.requestsExecuting).toBe(0)
  // More final seats than there are: the same work in fewer seats, for longer. 40 seats for 10 ms are 10 for 40.
  const reshaped = simulation.send(flowNamed('f', [0]), 10, { finalSeats: 40, additionalLatencyMs: 10 })
  expect([reshaped.finalSeats, reshaped.additionalLatencyMs]).toEqual([10, 40])
})

test('what waits too long, or whose client is gone, leaves its queue', () => {
  const simulation = new Simulation(queueing(1), 1)
  const flow = flowNamed('f', [0])
  const decisions: string[] = []
  simulation.send(flow, 100_000)
  simulation.send(flow, 10, { waitMsMax: 1000 }, (decision) => decisions.push(`first ${decision}`))
  const second = simulation.send(flow, 10, { waitMsMax: 5000 }, (decision) => decisions.push(`second ${decision}`))
  simulation.send(flow, 10, { waitMsMax: 3000 }, (decision) => decisions.push(`third ${decision}`))
  expect(simulation.set.expire(900)).toBe(1000)
  expect(simulation.set.expire(1000)).toBe(3000)
  simulation.set.eject(second, 'cancelled', 1500)
  expect(simulation.set.expire(3000)).toBeUndefined()
  expect(decisions).toEqual(['first time-out', 'second cancelled', 'third time-out'])
  expect(simulation.set.totals).toEqual({ dispatched: 1, rejected: 3, timedOut: 2, cancelled: 1 })
  expect([simulation.set.requestsWaiting, simulation.set.seatsWaiting, flow.statistics.requestsWaiting]).toEqual([0, 0, 0])
})

test('fewer queues: those too many are emptied first; more seats: who waits goes on', () => {
  const simulation = new Simulation(queueing(4), 1)
  const { set } = simulation
  const served: string[] = []
  for (let i = 0; i < 4; i++) simulation.send(flowNamed(`f${i}`, [i]), 10, {}, () => served.push(`f${i}`))
  set.configure(queueing(2), limit(1), 0)
  expect(set.queues.length).toBe(4)
  simulation.runUntil(100)
  expect(set.queues.map(({ index }) => index)).toEqual([0, 1])
  expect(served.toSorted()).toEqual(['f0', 'f1', 'f2', 'f3'])
  for (let i = 0; i < 3; i++) simulation.send(flowNamed('g', [0]), 1000)
  expect([set.requestsExecuting, set.requestsWaiting]).toEqual([1, 2])
  set.configure(queueing(2), limit(3), simulation.nowMs)
  expect([set.requestsExecuting, set.requestsWaiting]).toEqual([3, 0])
})

test('a level without seats executes nothing', () => {
  const { set } = new Simulation(queueing(1), 0)
  expect(set.start(flowRequest(flowNamed('f', [0]), 0), 0)).toBe('wait')
})

test('what is observed adds up: every nanosecond once', () => {
  const simulation = new Simulation(queueing(1), 2)
  simulation.send(flowNamed('f', [0]), 30)
  simulation.runUntil(100)
  simulation.set.elapse(100)
  const { seatUtilization, demand } = simulation.set.observer
  expect(seatUtilization.counts.reduce((a, b) => a + b)).toBe(100e6)
  // 30 ms at one of two seats.
  expect(seatUtilization.sum).toBe(15e6)
  expect(demand.reset(0)).toMatchObject({ elapsedMs: 100, average: 0.3, max: 1 })
})

test('whatever happens, in the end nothing is left over', () => {
  // A small generator of chance that is the same each time.
  let state = 12_345
  const chance = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return state % below
  }
  const simulation = new Simulation(queueing(8, 5), 6)
  const { set } = simulation
  const flows = Array.from({ length: 12 }, (_, i) => ({ ...flowNamed(`f${i}`, [i % 4, 4 + (i % 4)]) }))
  const shapes: QueueSetShape[] = [queueing(8, 5), queueing(16, 2), { kind: 'reject' }, queueing(8, 50)]
  let sent = 0
  let decided = 0
  for (let i = 0; i < 3000; i++) {
    simulation.after(chance(4000), () => {
      sent++
      const estimate = { initialSeats: 1 + chance(9), finalSeats: chance(3) * 4, additionalLatencyMs: 0, waitMsMax: 1 + chance(200) }
      const more = { ...estimate, additionalLatencyMs: estimate.finalSeats > 0 ? 1 + chance(20) : 0 }
      const request = simulation.send(flows[chance(flows.length)]!, 1 + chance(15), more, () => decided++)
      if (chance(10) === 0) simulation.after(chance(30), () => set.eject(request, 'cancelled', simulation.nowMs))
    })
  }
  for (let i = 0; i < 40; i++) simulation.after(i * 100, () => set.configure(shapes[chance(shapes.length)]!, limit(1 + chance(12)), simulation.nowMs))
  for (let i = 0; i < 500; i++) simulation.after(i * 10, () => void set.expire(simulation.nowMs))
  simulation.runUntil(20_000)
  set.configure(queueing(8), limit(6), 20_000)
  expect([sent, decided]).toEqual([3000, 3000])
  expect(set.totals.dispatched + set.totals.rejected).toBe(3000)
  expect([set.requestsWaiting, set.requestsExecuting, set.seatsInUse, set.seatsWaiting, [...set.executing].length]).toEqual([0, 0, 0, 0, 0])
  for (const queue of set.queues) {
    expect([queue.length, queue.requestsExecuting, queue.seatsInUse, queue.seatsSum, queue.initialSeatsSum]).toEqual([0, 0, 0, 0, 0])
    expect(queue.workSum).toBeCloseTo(0)
  }
  for (const { statistics } of flows) {
    expect([statistics.requestsExecuting, statistics.seatsExecuting, statistics.requestsWaiting, statistics.seatsWaiting]).toEqual([0, 0, 0, 0])
  }
  // Nothing is active: the progress meter stands still.
  const before = set.currentR
  set.elapse(30_000)
  expect(set.currentR).toBe(before)
})
