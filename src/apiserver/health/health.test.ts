import { expect, test } from 'vitest'
import { silentLogger } from '../../component-base/logger.ts'
import type { ApiRequest } from '../http/api-request.ts'
import { type HealthCheck, healthResponse, ping } from './health-checks.ts'
import { PostStartHooks } from './post-start-hooks.ts'

const failing: HealthCheck = {
  name: 'etcd',
  check: () => {
    throw new Error('disk is gone')
  },
}
const get = async (path: string, checks: readonly HealthCheck[], query = '') => {
  const request = { info: { path }, query: new URLSearchParams(query) } as unknown as ApiRequest
  const response = await healthResponse(new Map([['readyz', checks]] as const), request, { logger: silentLogger, observe() {} })
  return response && [response.status, response.body]
}

test('ok when all checks pass; each by its own path; verbose lists them', async () => {
  const hook: HealthCheck = { name: 'poststarthook/rbac/bootstrap-roles', check: () => {} }
  expect(await get('/readyz', [ping, hook])).toEqual([200, 'ok'])
  expect(await get('/readyz/ping', [ping, hook])).toEqual([200, 'ok'])
  expect(await get('/readyz/poststarthook/rbac/bootstrap-roles', [ping, hook])).toEqual([200, 'ok'])
  expect(await get('/readyz/none', [ping, hook])).toBeUndefined()
  expect(await get('/livez', [ping])).toBeUndefined()
  expect(await get('/readyz', [ping], 'verbose')).toEqual([200, '[+]ping ok\nreadyz check passed\n'])
})

test('a failure shows which check, never why; it can be excluded', async () => {
  expect(await get('/readyz', [ping, failing])).toEqual([500, '[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed\n'])
  expect(await get('/readyz', [ping, failing], 'exclude=etcd')).toEqual([200, 'ok'])
  expect(await get('/readyz', [ping, failing], 'exclude=etcd&exclude=nothing&verbose')).toEqual([
    200,
    '[+]ping ok\n[+]etcd excluded: ok\nwarn: some health checks cannot be excluded: no matches for "nothing"\nreadyz check passed\n',
  ])
})

test('a post-start hook keeps the server from being ready until it is done', async () => {
  const done = Promise.withResolvers<void>()
  const hooks = new PostStartHooks([{ name: 'h', run: () => done.promise }], silentLogger)
  const running = hooks.run(new AbortController().signal)
  expect((await get('/readyz', hooks.checks))?.[0]).toBe(500)
  done.resolve()
  await running
  expect((await get('/readyz', hooks.checks))?.[0]).toBe(200)
  const failed = new PostStartHooks([{ name: 'h', run: () => Promise.reject(new Error('no')) }], silentLogger)
  await expect(failed.run(new AbortController().signal)).rejects.toThrow('post-start hook h failed')
})
