import { expect, test } from 'vitest'
import { exponentialBuckets, MetricsRegistry } from './registry.ts'

test('counters, gauges and histograms, as text', () => {
  const registry = new MetricsRegistry()
  const requests = registry.counter('requests_total', 'Requests.', ['code', 'method'])
  const depth = registry.gauge('depth', 'How many wait.')
  const seconds = registry.histogram('seconds', 'How long.', [0.1, 1], ['verb'])
  registry.gaugeFrom('up', 'Whether it runs.', () => [[{ name: 'a "b"\n\\' }, 1]])
  requests.of('200', 'GET').inc()
  requests.of('200', 'GET').inc(2)
  requests.of('500', 'GET').inc()
  depth.of().value = 7
  for (const value of [0.1, 0.11, 5]) seconds.of('get').observe(value)
  expect(
    registry
      .text()
      .split('\n')
      .filter((line) => !line.startsWith('#') && line),
  ).toEqual([
    'requests_total{code="200",method="GET"} 3',
    'requests_total{code="500",method="GET"} 1',
    'depth 7',
    'seconds_bucket{verb="get",le="0.1"} 1',
    'seconds_bucket{verb="get",le="1"} 2',
    'seconds_bucket{verb="get",le="+Inf"} 3',
    'seconds_sum{verb="get"} 5.21',
    'seconds_count{verb="get"} 3',
    'up{name="a \\"b\\"\\n\\\\"} 1',
  ])
})

test('label values without end are counted together', () => {
  const registry = new MetricsRegistry()
  const family = registry.counter('x', '', ['name'])
  for (let i = 0; i < 25_000; i++) family.of(`n${i}`).inc()
  const cells = [...family]
  expect(cells.length).toBeLessThanOrEqual(20_001)
  expect(family.of('other').value + cells.length - 1).toBe(25_000)
})

test('buckets that grow', () => {
  expect(exponentialBuckets(0.001, 2, 4)).toEqual([0.001, 0.002, 0.004, 0.008])
  expect(exponentialBuckets(1e-8, 10, 3)).toEqual([1e-8, 1e-7, 1e-6])
})
