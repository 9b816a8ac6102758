import { expect, test } from 'vitest'
import { infoOf } from './fake/requests.ts'
import { WorkEstimator } from './work-estimator.ts'

const pods = '/api/v1/pods'
const notes = { watchCount: () => {} }

for (const { line, objects = 1000, bytes = 5000, levelMax, seats } of [
  { line: `GET ${pods}/p`, seats: 1 },
  { line: 'GET /version', seats: 1 },
  // 1000 objects of 5 kB are 5 MB, but a list from the cache is streamed: 1 MB at once, 10 seats.
  { line: `GET ${pods}`, seats: 10 },
  { line: `GET ${pods}?resourceVersion=0&labelSelector=a%3Db`, seats: 10 },
  // The first page: 100 objects, 500 kB.
  { line: `GET ${pods}?limit=100`, seats: 5 },
  { line: `GET ${pods}?limit=1`, seats: 1 },
  { line: `GET ${pods}?limit=1`, bytes: 0, seats: 10 },
  // Old revisions come from the store: nothing is streamed, 5 MB are 50 seats.
  { line: `GET ${pods}?resourceVersionMatch=Exact&resourceVersion=7`, seats: 50 },
  { line: `GET ${pods}?continue=abc&limit=100`, seats: 5 },
  // With a selector half of all objects may be read for one page: 2.5 MB.
  { line: `GET ${pods}?continue=abc&limit=100&labelSelector=a%3Db`, seats: 25 },
  { line: `GET ${pods}?resourceVersionMatch=Exact&resourceVersion=7`, objects: 100_000, seats: 100 },
  { line: `GET ${pods}?resourceVersionMatch=NotOlderThan&resourceVersion=7&limit=100`, seats: 5 },
  { line: `GET ${pods}`, levelMax: 4, seats: 4 },
  { line: `GET ${pods}`, objects: 0, seats: 1 },
  { line: `GET ${pods}?fieldSelector=metadata.name%3Dp`, seats: 1 },
  // Watches: those that begin with the state are lists, others are nothing.
  { line: `GET ${pods}?watch=1`, seats: 10 },
  { line: `GET ${pods}?watch=1&resourceVersion=0`, seats: 10 },
  { line: `GET ${pods}?watch=1&resourceVersion=7`, seats: 1 },
  { line: `GET ${pods}?watch=1&resourceVersion=7&sendInitialEvents=true`, seats: 10 },
  { line: 'GET /apis/example.com/v1/unknown', seats: 1 },
] as readonly { line: string; objects?: number; bytes?: number; levelMax?: number; seats: number }[]) {
  test(`${line} of ${objects} objects of ${bytes} bytes${levelMax ? `, at most ${levelMax} seats` : ''} -> ${seats}`, () => {
    const estimator = new WorkEstimator({
      statsOf: ({ resource }) => (resource === 'pods' ? { objects, averageBytes: bytes } : undefined),
      interestedWatches: () => 0,
    })
    const { info, query } = infoOf(line)
    expect(estimator.estimate(info, () => query, { seatsPerRequestMax: levelMax }, notes)).toEqual({
      initialSeats: seats,
      finalSeats: 0,
      additionalLatencyMs: 0,
    })
  })
}

for (const { line, watches, levelMax, finalSeats, latencyMs } of [
  { line: `PUT ${pods}/p`, watches: 9, finalSeats: 0, latencyMs: 0 },
  { line: `PUT ${pods}/p`, watches: 10, finalSeats: 1, latencyMs: 5 },
  { line: `PUT ${pods}/p`, watches: 95, finalSeats: 10, latencyMs: 5 },
  // 1000 watchers: 100 seats for 5 ms, as 10 seats for 50 ms.
  { line: `PUT ${pods}/p`, watches: 1000, finalSeats: 10, latencyMs: 50 },
  { line: `POST ${pods}`, watches: 1000, levelMax: 4, finalSeats: 4, latencyMs: 125 },
  { line: `DELETE ${pods}/p`, watches: 10, finalSeats: 1, latencyMs: 5 },
  { line: `GET ${pods}/p`, watches: 1000, finalSeats: 0, latencyMs: 0 },
  { line: 'POST /api/v1/namespaces/ns/serviceaccounts/a/token', watches: 1000, finalSeats: 0, latencyMs: 0 },
] as readonly { line: string; watches: number; levelMax?: number; finalSeats: number; latencyMs: number }[]) {
  test(`${line} with ${watches} watchers -> ${finalSeats} seats for ${latencyMs} ms afterwards`, () => {
    const estimator = new WorkEstimator({ statsOf: () => undefined, interestedWatches: () => watches })
    const { info, query } = infoOf(line)
    const estimate = estimator.estimate(info, () => query, { seatsPerRequestMax: levelMax }, notes)
    expect(estimate).toEqual({ initialSeats: 1, finalSeats, additionalLatencyMs: latencyMs })
  })
}
