import { expect, test } from 'vitest'
import { infoOf } from './fake/requests.ts'
import { WatchTracker } from './watch-tracker.ts'

test('a write counts the watches of its resource, of its namespace and of its object', () => {
  const tracker = new WatchTracker()
  const watch = (path: string) => tracker.register(infoOf(`GET ${path}`).info)
  const interested = (line: string) => tracker.interested(infoOf(line).info)
  const ends = [
    watch('/api/v1/pods?watch=1'),
    watch('/api/v1/namespaces/a/pods?watch=1'),
    watch('/api/v1/namespaces/a/pods?watch=1'),
    watch('/api/v1/namespaces/a/pods?watch=1&fieldSelector=metadata.name%3Dp'),
    watch('/api/v1/nodes?watch=1'),
    watch('/api/v1/nodes?watch=1&fieldSelector=metadata.name%3Dn'),
  ]
  expect(interested('PUT /api/v1/namespaces/a/pods/p')).toBe(4)
  expect(interested('POST /api/v1/namespaces/a/pods')).toBe(3)
  expect(interested('PUT /api/v1/namespaces/b/pods/p')).toBe(1)
  expect(interested('PUT /api/v1/nodes/n')).toBe(2)
  expect(interested('PUT /api/v1/nodes/m')).toBe(1)
  expect(interested('PUT /apis/apps/v1/namespaces/a/deployments/p')).toBe(0)
  for (const end of ends) end()
  expect(interested('PUT /api/v1/namespaces/a/pods/p')).toBe(0)
})
