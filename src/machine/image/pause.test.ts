// The emitted programs: run for real where this machine can, else compared with what a disassembler says of them.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { architectureOf } from './pause-image.ts'
import { pauseProgram } from './pause.ts'

const codeOffset = 64 + 2 * 56

describe.runIf(process.platform === 'linux')('the program of this machine', () => {
  let directory: string
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'pause-'))
    writeFileSync(join(directory, 'pause'), pauseProgram(architectureOf(process.arch)), { mode: 0o755 })
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  const state = (pid: number) => /^State:\s+(\S)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]
  const children = (pid: number) => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()

  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    test(`sleeps until ${signal}, then ends with 0`, async () => {
      const child = spawn(join(directory, 'pause'), { stdio: 'ignore' })
      const closed = new Promise((resolve) => child.once('close', (code, by) => resolve({ code, by })))
      await expect.poll(() => state(child.pid!)).toBe('S')
      child.kill(signal)
      expect(await closed).toEqual({ code: 0, by: null })
    })

  test('collects the children it was left with', async () => {
    // The shell starts a child, then becomes the pause program, which so has a child it never made.
    const child = spawn('sh', ['-c', 'sleep 0.2 & exec "$0"', join(directory, 'pause')], { stdio: 'ignore' })
    const closed = new Promise((resolve) => child.once('close', resolve))
    await expect.poll(() => readFileSync(`/proc/${child.pid}/comm`, 'utf8').trim()).toBe('pause')
    expect(children(child.pid!)).not.toBe('')
    await expect.poll(() => children(child.pid!)).toBe('')
    child.kill()
    expect(await closed).toBe(0)
  })
})

test('the arm64 program, word by word', () => {
  const program = Buffer.from(pauseProgram('arm64'))
  expect([program.toString('latin1', 0, 4), program.readUInt16LE(18), program.readBigUInt64LE(24)]).toEqual(['\u007FELF', 183, 0x4000b0n])
  const words = Array.from({ length: (program.length - codeOffset) / 4 }, (_, index) =>
    program
      .readUInt32LE(codeOffset + 4 * index)
      .toString(16)
      .padStart(8, '0'),
  )
  expect(words).toEqual([
    'd2800000', // mov  x0, #0
    '10000361', // adr  x1, signals
    'd2800002', // mov  x2, #0
    'd2800103', // mov  x3, #8
    'd28010e8', // mov  x8, #135
    'd4000001', // svc  #0
    '100002c0', // wait: adr x0, signals
    'd2800001', // mov  x1, #0
    'd2800002', // mov  x2, #0
    'd2800103', // mov  x3, #8
    'd2801128', // mov  x8, #137
    'd4000001', // svc  #0
    'f100441f', // cmp  x0, #17
    '540000c0', // b.eq reap
    'f100001f', // cmp  x0, #0
    '54fffeeb', // b.lt wait
    'd2800000', // mov  x0, #0
    'd2800bc8', // mov  x8, #94
    'd4000001', // svc  #0
    '92800000', // reap: mov x0, #-1
    'd2800001', // mov  x1, #0
    'd2800022', // mov  x2, #1
    'd2800003', // mov  x3, #0
    'd2802088', // mov  x8, #260
    'd4000001', // svc  #0
    'f100001f', // cmp  x0, #0
    '54ffff2c', // b.gt reap
    '17ffffeb', // b    wait
    '00014002', // SIGINT, SIGTERM, SIGCHLD
    '00000000',
  ])
})
