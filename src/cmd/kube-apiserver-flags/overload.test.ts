import { Command } from 'commander'
import { expect, test } from 'vitest'
import { addOverloadFlags, type OverloadFlags, overloadOptions } from './overload.ts'

const parse = (...argv: string[]) =>
  overloadOptions(
    addOverloadFlags(new Command().exitOverride().configureOutput({ writeErr: () => {} }))
      .parse(argv, { from: 'user' })
      .opts<OverloadFlags>(),
  )

test('defaults are upstream’s', () => {
  expect(parse()).toEqual({
    limits: { readOnlyMax: 400, mutatingMax: 200 },
    priorityAndFairness: true,
    requestTimeoutMs: 60_000,
    minRequestTimeoutSeconds: 1800,
    goawayChance: 0,
    shutdownDelayMs: 0,
    shutdownSendRetryAfter: false,
    shutdownWatchTerminationGraceMs: 0,
  })
})

for (const { argv, options } of [
  {
    argv: ['--enable-priority-and-fairness=false', '--max-requests-inflight=5'],
    options: { priorityAndFairness: false, limits: { readOnlyMax: 5, mutatingMax: 200 } },
  },
  { argv: ['--request-timeout=1h2m3.5s', '--shutdown-delay-duration', '250ms'], options: { requestTimeoutMs: 3_723_500, shutdownDelayMs: 250 } },
  {
    argv: ['--shutdown-send-retry-after', '--shutdown-watch-termination-grace-period=30s'],
    options: { shutdownSendRetryAfter: true, shutdownWatchTerminationGraceMs: 30_000 },
  },
  { argv: ['--shutdown-send-retry-after=true', '--goaway-chance=0.02'], options: { shutdownSendRetryAfter: true, goawayChance: 0.02 } },
] as const) {
  test(argv.join(' '), () => expect(parse(...argv)).toMatchObject(options))
}

for (const { argv, error } of [
  { argv: ['--goaway-chance=0.5'], error: '--goaway-chance can not be less than 0 or greater than 0.02' },
  { argv: ['--goaway-chance=often'], error: '--goaway-chance can not be less than 0 or greater than 0.02' },
  { argv: ['--max-requests-inflight=-1'], error: '--max-requests-inflight can not be negative value' },
  { argv: ['--min-request-timeout=1m'], error: '--min-request-timeout: "1m" is no whole number' },
  { argv: ['--request-timeout=fast'], error: 'time: invalid duration "fast"' },
  { argv: ['--shutdown-watch-termination-grace-period=-1s'], error: '--shutdown-watch-termination-grace-period can not be negative value' },
] as const) {
  test(`${argv.join(' ')} -> ${error}`, () => expect(() => parse(...argv)).toThrow(error))
}
