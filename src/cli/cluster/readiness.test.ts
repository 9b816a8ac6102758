import { expect, test } from 'vitest'
import type { Node } from '../../api/core/v1.ts'
import { isReadySince, whyNotReady } from './readiness.ts'

const nodeWith = (...conditions: object[]) => ({ metadata: { name: 'node-1' }, status: { conditions } }) as unknown as Node
const at = (time: string) => Date.parse(`2026-01-01T00:00:${time}Z`)
const ready = (heartbeat: string, status = 'True') =>
  nodeWith({ type: 'Ready', status, lastHeartbeatTime: `2026-01-01T00:00:${heartbeat}Z`, message: 'no network' })

for (const { name, node, since, expected } of [
  { name: 'reported after its agent was started', node: ready('11'), since: at('10.700'), expected: true },
  { name: 'reported in the same second, which is all a heartbeat says', node: ready('10'), since: at('10.700'), expected: true },
  { name: 'reported before: that is what an earlier agent said', node: ready('09'), since: at('10.700'), expected: false },
  { name: 'not started by us: whenever it was reported', node: ready('09'), since: 0, expected: true },
  { name: 'not ready', node: ready('11', 'False'), since: 0, expected: false },
  { name: 'without conditions', node: nodeWith(), since: 0, expected: false },
])
  test(name, () => expect(isReadySince(node, since)).toBe(expected))

for (const { name, node, why } of [
  { name: 'no object', node: undefined, why: 'its agent has not registered it' },
  { name: 'no condition', node: nodeWith(), why: 'its agent has not reported on it' },
  { name: 'its own reason', node: ready('11', 'False'), why: 'no network' },
])
  test(`why not ready: ${name}`, () => expect(whyNotReady(node)).toBe(why))
